import { expect, test } from 'vitest';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import {
  createPipelineRun,
  type PipelineRun,
  type RunOptions,
} from '../../test/fixtures/pipeline/pipeline-run.ts';
import {
  generationOf,
  listNames,
  listRecordsLeft,
  readBytes,
  readMetadata,
  workFolder,
} from '../../test/fixtures/pipeline/read-outputs.ts';
import { type Fault, writeSampleJob } from '../../test/fixtures/pipeline/sample-job.ts';
import { createApp } from './app.ts';

const options = { shardRecords: 3, partsPerTar: 31, image: { size: 16 } };

async function begin(run: RunOptions = {}, faults: Record<number, Fault> = {}): Promise<PipelineRun> {
  const begun = createPipelineRun(run);
  await writeSampleJob(begun.store, { records: 6, faults, options });
  await begun.plan('demo');
  return begun;
}

test('a shard without a good record fails the job loudly', async () => {
  const faults = Object.fromEntries([1, 2, 3, 4, 5, 6].map((record) => [record, 'image-missing' as const]));
  const run = await begin({}, faults);
  await run.drive();
  const failure = JSON.parse(String(await readBytes(run.store, 'jobs/demo/failed/shard-0.json')));
  expect(failure).toMatchObject({ task: 'shard-0', code: 'shard-empty' });
  expect(failure.message).toContain('image-missing 3');
  expect(run.logs.some((line) => line.includes('shard-empty'))).toBe(true);
  // The other shard is not made any more.
  expect(await listNames(run.store, 'jobs/demo/failed/')).toEqual(['jobs/demo/failed/shard-0.json']);
});

test('the same code that makes other bytes fails the job instead of mixing them', async () => {
  const run = await begin();
  for (const split of ['train', 'val', 'test']) {
    await run.store.create(`${await workFolder(run.store)}parts/${split}/00000000-test`, 'other bytes');
  }
  await run.drive();
  const failure = JSON.parse(String(await readBytes(run.store, 'jobs/demo/failed/shard-0.json')));
  expect(failure).toMatchObject({ code: 'part-differs' });
  expect(failure.message).toContain('Inputs must not change while a job runs');
});

test('what another version of the code left half done is not in the way', async () => {
  const run = await begin();
  await run.store.create(`${await workFolder(run.store)}parts/train/00000000-older`, 'other bytes');
  await run.drive();
  expect(await readMetadata(run.store)).toMatchObject({ records: 6, failed: 0 });
});

test('a task that is overtaken, and ends after its parts were used up, leaves nothing behind', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let holding = true;
  const run = await begin({
    wrapStore: (store, box): ObjectStore =>
      box !== 'shard'
        ? store
        : {
            ...store,
            // The first worker stops before it has written anything.
            create: async (name, body, createOptions) => {
              if (holding) await held;
              return store.create(name, body, createOptions);
            },
          },
  });
  const slow = { bucket: 'pillbox', job: 'demo', generation: await generationOf(run.store), shard: 0 };
  const overtaken = run.deliver({ box: 'shard', path: '/shards', body: slow });
  await new Promise((resolve) => setTimeout(resolve, 100));
  holding = false;
  await run.drive();
  const { outputs } = await readMetadata(run.store);
  release();
  expect((await overtaken).status).toBe(200);
  expect(await listRecordsLeft(run.store)).toEqual([]);
  expect((await readMetadata(run.store)).outputs).toEqual(outputs);
});

test('parts that a worker could not take away before it died go when its task comes again', async () => {
  const run = await begin();
  await run.drive();
  const part = `${await workFolder(run.store)}parts/train/00000000-test`;
  await run.store.create(part, 'of a worker that lost and died');
  const task = run.delivered.find(({ path }) => path === '/shards');
  expect(task?.body).toMatchObject({ shard: 0 });
  if (task !== undefined) expect((await run.deliver(task)).status).toBe(200);
  expect(await listRecordsLeft(run.store)).toEqual([]);
});

test('a shard that comes again leaves the parts alone that its marker names', async () => {
  const run = await begin();
  await run.drive({ lose: ({ box }) => box === 'combine' });
  const parts = await listRecordsLeft(run.store);
  expect(parts.length).toBeGreaterThan(1);
  for (const task of run.delivered.slice()) await run.deliver(task);
  expect(await listRecordsLeft(run.store)).toEqual(parts);
});

test('an image that is replaced while the job runs is read again, not reported', async () => {
  let replaced = false;
  const run = await begin({
    wrapStore: (store) => ({
      ...store,
      read: async function* (name, range) {
        if (!replaced && name.endsWith('.jpg')) {
          replaced = true;
          await store.create(name, await readBytes(store, name));
        }
        yield* store.read(name, range);
      },
    }),
  });
  await run.drive();
  expect(replaced).toBe(true);
  expect(await readMetadata(run.store)).toMatchObject({ failed: 0 });
});

test('a body that is no shard task is done with at once', async () => {
  const app = createApp({
    openStore: () => expect.fail('opened'),
    queue: { enqueue: () => expect.fail('enqueued') },
    codeVersion: 'test',
    log: () => {},
  });
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ bucket: 'pillbox', job: '../other', generation: '1', shard: -1 });
  const answer = await app.request('/shards', { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ outcome: 'failed', code: 'task-body-invalid' });
});
