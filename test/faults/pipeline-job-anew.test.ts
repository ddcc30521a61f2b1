/** A job that is deleted and submitted again under its name: late workers of the one must not touch the other. */

import { beforeAll, expect, test } from 'vitest';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { createPipelineRun, type PipelineRun } from '../fixtures/pipeline/pipeline-run.ts';
import {
  generationOf,
  listNames,
  listRecordsLeft,
  readBytes,
  readOutputs,
  workFolder,
} from '../fixtures/pipeline/read-outputs.ts';
import { type SampleJob, writeSampleJob } from '../fixtures/pipeline/sample-job.ts';

const RECORDS = 6;
const options = { shardRecords: 3, partsPerTar: 31, image: { size: 16 } };

/** Of the second job, when there was no first. */
let undisturbed: Record<string, string>;

beforeAll(async () => {
  const run = createPipelineRun();
  await writeSampleJob(run.store, { records: RECORDS, options: { ...options, seed: 'new' } });
  await run.announce('demo');
  await run.drive();
  undisturbed = await readOutputs(run.store);
  expect(Object.keys(undisturbed)).toContain('metadata.json');
});

/** Deletes all of the job, as the messages of a failed job advise, and submits one of the same name. */
async function submitAnew({ store }: PipelineRun, job: SampleJob): Promise<void> {
  for (const name of await listNames(store, 'jobs/demo/')) await store.delete(name);
  await store.create('jobs/demo/job.json', JSON.stringify({ ...job, seed: 'new' }));
}

/** Holds every writing call of one box before its first effect, until it is released. */
function holdWrites(box: string) {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  let holding = true;
  const wait = async () => {
    if (!holding) return;
    reach();
    await released;
  };
  const wrapStore = (store: ObjectStore, of: string): ObjectStore =>
    of !== box
      ? store
      : {
          ...store,
          create: async (...args) => {
            await wait();
            return store.create(...args);
          },
          compose: async (...args) => {
            await wait();
            return store.compose(...args);
          },
        };
  return { wrapStore, reached, release, letOthersPass: () => (holding = false) };
}

test('a shard of the deleted job neither enters the new one nor leaves a record behind', async () => {
  const held = holdWrites('shard');
  const run = createPipelineRun(held);
  const job = await writeSampleJob(run.store, { records: RECORDS, options: { ...options, seed: 'old' } });
  await run.plan('demo');
  const body = { bucket: 'pillbox', job: 'demo', generation: await generationOf(run.store), shard: 0 };
  const late = run.deliver({ box: 'shard', path: '/shards', body });
  await held.reached;
  held.letOthersPass();

  await submitAnew(run, job);
  await run.plan('demo');
  held.release();
  expect((await late).status).toBe(200);
  await run.drive();
  expect(await readOutputs(run.store)).toEqual(undisturbed);
  expect(await listRecordsLeft(run.store)).toEqual([]);
  const foreign = (name: string) => !name.startsWith(work);
  const work = await workFolder(run.store);
  expect((await listNames(run.store, 'jobs/demo/work/')).filter(foreign)).toEqual([]);
});

test('a failure of the deleted job does not end the new one', async () => {
  const held = holdWrites('shard');
  const run = createPipelineRun(held);
  // Not one of its images is there: the shard's first write is its failure.
  const faults = Object.fromEntries(
    Array.from({ length: RECORDS }, (_, i) => [i + 1, 'image-missing' as const]),
  );
  await writeSampleJob(run.store, { records: RECORDS, faults, options: { ...options, seed: 'old' } });
  await run.plan('demo');
  const body = { bucket: 'pillbox', job: 'demo', generation: await generationOf(run.store), shard: 0 };
  const late = run.deliver({ box: 'shard', path: '/shards', body });
  await held.reached;
  held.letOthersPass();

  for (const name of await listNames(run.store, 'jobs/demo/')) await run.store.delete(name);
  await writeSampleJob(run.store, { records: RECORDS, options: { ...options, seed: 'new' } });
  await run.plan('demo');
  held.release();
  await late;
  await run.drive();
  expect(await readOutputs(run.store)).toEqual(undisturbed);
});

test('a tar of the deleted job that slips into out/ ends the new one, with the reason', async () => {
  const held = holdWrites('combine');
  const run = createPipelineRun(held);
  const job = await writeSampleJob(run.store, { records: RECORDS, options: { ...options, seed: 'old' } });
  await run.announce('demo');
  held.letOthersPass();
  await run.drive();
  const old = await readOutputs(run.store);

  await submitAnew(run, job);
  await run.plan('demo');
  // As if written between the last look at job.json and the answer of the storage server.
  await run.store.create(
    'jobs/demo/out/train-00000.tar',
    Buffer.from(old['train-00000.tar'] ?? '', 'base64'),
  );
  await run.drive();
  const [failed = ''] = await listNames(run.store, 'jobs/demo/failed/');
  expect(failed).toMatch(/tar-\d+\.json$/);
  expect(JSON.parse(String(await readBytes(run.store, failed)))).toMatchObject({ code: 'outputs-exist' });
  expect(await run.store.stat('jobs/demo/out/metadata.json')).toBeUndefined();
});
