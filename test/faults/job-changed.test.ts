/** A job, or what it reads, is changed while it runs: it is the one or the other, or it fails; never some of both. */

import { beforeAll, expect, test } from 'vitest';
import { readProgress } from '../../shared/pipeline/progress.ts';
import type { Task } from '../../shared/tasks/task-queue.ts';
import { createPipelineRun, type PipelineRun } from '../fixtures/pipeline/pipeline-run.ts';
import {
  listNames,
  listRecordsLeft,
  readBytes,
  readMetadata,
  readOutputs,
} from '../fixtures/pipeline/read-outputs.ts';
import { FOLDER, imageName, type SampleJob, writeSampleJob } from '../fixtures/pipeline/sample-job.ts';

const RECORDS = 8;
const options = { shardRecords: 2, partsPerTar: 2, image: { size: 16 }, parquet: true, smallPerSplit: 1 };
const MANIFEST = `${FOLDER}manifest.jsonl`;
const IMAGE = FOLDER + imageName(3);
const SEEDS = ['old', 'new'] as const;

const undisturbed: Record<string, Record<string, string>> = {};
/** Of the old job. */
let deliveries = 0;

beforeAll(async () => {
  for (const seed of SEEDS) {
    const { run } = await begin(seed);
    await run.announce('demo');
    await run.drive();
    undisturbed[seed] = await readOutputs(run.store);
    if (seed === 'old') deliveries = run.delivered.length;
  }
  expect(undisturbed['old']).not.toEqual(undisturbed['new']);
});

test('job.json written anew after any number of tasks: the new job, or none and what the old one left', async () => {
  const outcomes: string[] = [];
  for (let after = 0; after <= deliveries; after++) {
    const { run, job } = await begin('old');
    await run.announce('demo');
    await run.drive({ most: after });
    const left = await readOutputs(run.store);
    await run.store.create('jobs/demo/job.json', JSON.stringify({ ...job, seed: 'new' }));
    await run.announce('demo');
    await run.drive();
    while (await run.sweep());
    const { state, error } = await readProgress(run.store, 'demo');
    outcomes.push(error?.code ?? state);
    // The old one's tars and the new one's never lie side by side.
    expect(await readOutputs(run.store)).toEqual(state === 'done' ? undisturbed['new'] : left);
    expect(run.waiting()).toEqual([]);
  }
  const firstRefused = outcomes.indexOf('outputs-exist');
  expect(firstRefused).toBeGreaterThan(3);
  expect(outcomes.slice(0, firstRefused)).toEqual(Array.from({ length: firstRefused }, () => 'done'));
  expect(new Set(outcomes.slice(firstRefused))).toEqual(new Set(['outputs-exist']));
});

test('after that refusal, all of it deleted, the new job submitted again is whole', async () => {
  const { run, job } = await begin('old');
  await run.announce('demo');
  await run.drive();
  const changed = JSON.stringify({ ...job, seed: 'new' });
  await run.store.create('jobs/demo/job.json', changed);
  await run.announce('demo');
  await run.drive();
  expect((await readProgress(run.store, 'demo')).error?.code).toBe('outputs-exist');
  for (const name of await listNames(run.store, 'jobs/demo/')) await run.store.delete(name);
  await run.store.create('jobs/demo/job.json', changed);
  await run.announce('demo');
  await run.drive();
  expect(await readOutputs(run.store)).toEqual(undisturbed['new']);
  expect(await listRecordsLeft(run.store)).toEqual([]);
});

test.each([
  ['written anew', (run: PipelineRun) => run.store.create(MANIFEST, '{}')],
  ['deleted', (run: PipelineRun) => run.store.delete(MANIFEST)],
])('a manifest that is %s once it is planned ends the job, with the reason', async (_, change) => {
  const { run } = await begin('old');
  await run.plan('demo');
  await change(run);
  await run.drive();
  expect(await readProgress(run.store, 'demo')).toMatchObject({
    state: 'failed',
    error: { code: 'manifest-missing' },
  });
  expect(await readOutputs(run.store)).toEqual({});
});

test('a manifest that is written anew before it is planned is the one that counts', async () => {
  const { run } = await begin('old');
  await run.announce('demo');
  const [first = ''] = String(await readBytes(run.store, MANIFEST)).split('\n');
  await run.store.create(MANIFEST, `${first}\n`);
  await run.drive();
  expect(await readMetadata(run.store)).toMatchObject({ records: 1, failed: 0 });
});

test('an image that is deleted before its shard is made is a failure of its record alone', async () => {
  const { run } = await begin('old');
  await run.plan('demo');
  await run.store.delete(IMAGE);
  await run.drive();
  expect(await readMetadata(run.store)).toMatchObject({ records: RECORDS, failed: 1 });
  const [line = ''] = String(await readBytes(run.store, 'jobs/demo/out/failures.jsonl')).split('\n');
  expect(JSON.parse(line)).toMatchObject({ record: 3, code: 'image-missing' });
});

test.each([
  [
    'replaced',
    async (run: PipelineRun) => run.store.create(IMAGE, await readBytes(run.store, FOLDER + imageName(1))),
  ],
  ['deleted', (run: PipelineRun) => run.store.delete(IMAGE)],
])('an image that is %s once its shard is made changes nothing', async (_, change) => {
  const { run } = await begin('old');
  await run.announce('demo');
  const held: Task[] = [];
  await run.drive({ lose: (task) => task.box === 'combine' && held.push(task) > 0 });
  await change(run);
  for (const task of [...run.delivered, ...held]) await run.deliver(task);
  await run.drive();
  expect(await readProgress(run.store, 'demo')).toMatchObject({ state: 'done' });
  expect(await readOutputs(run.store)).toEqual(undisturbed['old']);
});

test('an image that is replaced between two attempts at its shard ends the job: no one knows which is meant', async () => {
  let markersFail = true;
  const run = createPipelineRun({
    wrapStore: (store) => ({
      ...store,
      create: async (...args) => {
        if (markersFail && args[0].includes('/markers/shard/')) throw new Error('answered 500');
        return store.create(...args);
      },
    }),
  });
  await writeSampleJob(run.store, { records: RECORDS, options: { ...options, seed: 'old' } });
  await run.plan('demo');
  const shards = run.waiting().filter(({ path }) => path === '/shards');
  for (const task of shards) expect((await run.deliver(task)).status).toBe(500);
  markersFail = false;
  await run.store.create(IMAGE, await readBytes(run.store, FOLDER + imageName(1)));
  await run.drive();
  expect(await readProgress(run.store, 'demo')).toMatchObject({
    state: 'failed',
    error: { code: 'part-differs', message: expect.stringContaining('Was an input replaced?') },
  });
  expect(await readOutputs(run.store)).toEqual({});
});

async function begin(seed: string): Promise<{ run: PipelineRun; job: SampleJob }> {
  const run = createPipelineRun();
  const job = await writeSampleJob(run.store, { records: RECORDS, options: { ...options, seed } });
  return { run, job };
}
