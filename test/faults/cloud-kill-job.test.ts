/** The local cloud is killed while a job runs, at moments that the job itself has reached: it ends, with the same bytes. */

import { beforeAll, expect, test, vi } from 'vitest';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { KillableCloud } from '../fixtures/pipeline/killable-cloud.ts';
import { type Moment, startKilledRun } from '../fixtures/pipeline/killed-run.ts';
import { createPipelineRun } from '../fixtures/pipeline/pipeline-run.ts';
import { listNames, listRecordsLeft, readOutputs } from '../fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../fixtures/pipeline/sample-job.ts';

// More than all that a test here waits for.
vi.setConfig({ testTimeout: 240_000 });

const MOMENTS: readonly (readonly [string, Moment])[] = [
  ['while planning: the index is on its way', { operation: 'create', name: /index-/, nth: 1, when: 'amid' }],
  [
    'while planning: after some tasks were sent',
    { operation: 'enqueue', name: /^\/shards/, nth: 2, when: 'after' },
  ],
  ['while planning: a task is on its way', { operation: 'enqueue', name: /^\/shards/, nth: 3, when: 'amid' }],
  ['in the shards: a part is on its way', { operation: 'create', name: /\/parts\//, nth: 4, when: 'amid' }],
  [
    'in the shards: before a marker',
    { operation: 'create', name: /\/markers\/shard/, nth: 2, when: 'before' },
  ],
  ['in the shards: after a marker', { operation: 'create', name: /\/markers\/shard/, nth: 3, when: 'after' }],
  ['before the next stage is sent', { operation: 'enqueue', name: /^\/start/, nth: 1, when: 'before' }],
  ['while composing a tar', { operation: 'compose', name: /\.tar$/, nth: 1, when: 'amid' }],
  ['after a tar was composed', { operation: 'compose', name: /\.tar$/, nth: 2, when: 'after' }],
  ['in the extras', { operation: 'create', name: /tabular\.parquet/, nth: 1, when: 'amid' }],
  ['at the end: the metadata', { operation: 'create', name: /out\/metadata\.json/, nth: 1, when: 'after' }],
  ['at the end: while records are deleted', { operation: 'delete', name: /\/parts\//, nth: 3, when: 'amid' }],
];

const sample = {
  records: 12,
  faults: { 5: 'image-missing' } as const,
  options: {
    shardRecords: 2,
    partsPerTar: 3,
    image: { size: 16, mask: false },
    note: { passages: 0 },
    parquet: true,
    smallPerSplit: 1,
  },
};

let undisturbed: Record<string, string>;

beforeAll(async () => {
  const run = createPipelineRun();
  await writeSampleJob(run.store, sample);
  await run.announce('demo');
  await run.drive();
  undisturbed = await readOutputs(run.store);
  expect(Object.keys(undisturbed)).toEqual(expect.arrayContaining(['metadata.json', 'tabular.parquet']));
});

test.each(MOMENTS)('killed %s', async (_, moment) => {
  const { cloud } = await startKilledRun([moment]);
  await writeSampleJob(cloud.store, sample);
  await expectSameEnd(cloud);
  expect(cloud.kills()).toBe(1);
});

test('killed at all of these moments of one job', async () => {
  const { cloud } = await startKilledRun(MOMENTS.map(([, moment]) => moment));
  await writeSampleJob(cloud.store, sample);
  await expectSameEnd(cloud);
  // A step that is done again may pass some of them by, and some are met while it is dead already.
  expect(cloud.kills()).toBeGreaterThan(MOMENTS.length / 2);
});

test('killed before the event that starts the job is delivered', async () => {
  const { cloud, comeToWork } = await startKilledRun([], { areBoxesAway: true });
  await writeSampleJob(cloud.store, sample);
  const undelivered = { 'finalized:pillbox/jobs/*/job.json': 1 };
  expect(await cloud.waiting()).toEqual(undelivered);
  await cloud.killAndRestart();
  expect(await cloud.waiting()).toEqual(undelivered);
  comeToWork();
  await expectSameEnd(cloud);
});

test('a queue that was paused is paused after it, with its tasks, their names and nothing twice', async () => {
  const { cloud, queue } = await startKilledRun([]);
  const shards = 'v2/projects/pillbox-local/locations/us-central1/queues/shard';
  await cloud.ask('POST', `/${shards}:pause`, {});
  await writeSampleJob(cloud.store, sample);
  const planned = { plan: 1, shard: 6 };
  await expect.poll(() => cloud.waiting(), { timeout: 60_000 }).toEqual(planned);
  await cloud.killAndRestart();
  expect(await cloud.waiting()).toEqual(planned);
  const named = { box: 'shard', path: '/shards', body: {}, key: 'named' };
  expect(await queue.enqueue(named)).toBe('created');
  await cloud.killAndRestart();
  expect(await queue.enqueue(named)).toBe('already-exists');
  await cloud.ask('POST', `/${shards}:resume`, {});
  await expectSameEnd(cloud);
});

test('killed with tasks for boxes that are elsewhere when it comes back', async () => {
  const { cloud, killAndMove } = await startKilledRun([]);
  const shards = 'v2/projects/pillbox-local/locations/us-central1/queues/shard';
  await cloud.ask('POST', `/${shards}:pause`, {});
  await writeSampleJob(cloud.store, sample);
  await expect.poll(() => cloud.waiting(), { timeout: 60_000 }).toEqual({ plan: 1, shard: 6 });
  await killAndMove();
  await cloud.ask('POST', `/${shards}:resume`, {});
  await expectSameEnd(cloud);
});

/** Waits for the end of the job, and then for the hour of its sweeps. */
async function expectSameEnd(cloud: KillableCloud): Promise<void> {
  const { store } = cloud;
  await expect.poll(() => isDone(store), { timeout: 100_000, interval: 50 }).toBe(true);
  expect(await listNames(store, 'jobs/demo/failed/')).toEqual([]);
  // Tasks that were cut off come again; the sweep, after which there is no other, is scheduled for later.
  await expect.poll(() => cloud.waiting(), { timeout: 50_000 }).toEqual({ plan: 1 });
  await cloud.ask('POST', '/_pillbox/clock', { advanceMs: 3_600_000 });
  await expect.poll(() => cloud.waiting(), { timeout: 60_000 }).toEqual({});
  expect(await readOutputs(store)).toEqual(undisturbed);
  expect(await listRecordsLeft(store)).toEqual([]);
}

/** False, too, while nobody answers. */
async function isDone(store: ObjectStore): Promise<boolean> {
  const names = await listNames(store, 'jobs/demo/work/').catch(() => []);
  return names.some((name) => name.endsWith('/done.json'));
}
