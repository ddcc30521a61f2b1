import { expect, test } from 'vitest';
import { createMemoryStore } from '../storage/memory-object-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { climb, type FanIn, writeLeaf } from './fan-in.ts';
import { parseJob } from './job.ts';
import { clearFailures, recordCancellation } from './job-failure.ts';
import { partitionFanIn, scanFanIn } from './join-markers.ts';
import type { JoinPlan } from './join-plan.ts';
import { jobName, joinedName, joinPlanName, planName } from './object-names.ts';
import type { Plan } from './plan-document.ts';
import { openProgress, readProgress } from './progress.ts';
import { lookAtTree } from './progress-look.ts';
import { shardFanIn } from './shard-markers.ts';

/** A job in the shard stage, with no shard made. */
async function planned(records: number): Promise<{ store: ObjectStore; plan: Plan; tree: FanIn }> {
  const store = createMemoryStore();
  const job = parseJob({ id: 'big', manifest: 'm.jsonl', partsPerTar: 31 });
  const { generation } = await store.create(jobName('big'), JSON.stringify(job));
  const pinned = { bucket: 'pillbox', name: 'm.jsonl', generation: '1', sizeBytes: 1, crc32c: 'AAAAAA==' };
  const plan: Plan = {
    job,
    jobGeneration: generation,
    codeVersion: 'test',
    records,
    shards: Math.ceil(records / 16),
    manifest: pinned,
    index: { name: 'index', generation: '1' },
  };
  await store.create(planName({ job: 'big', generation }), JSON.stringify(plan));
  return { store, plan, tree: shardFanIn(plan) };
}

const marker = (failed: number) => ({ counts: { train: 10, val: 0, test: 0, failed } });

async function finish(store: ObjectStore, tree: FanIn, shards: Iterable<number>): Promise<void> {
  for (const shard of shards) {
    await writeLeaf(store, tree, shard, marker(shard % 2));
    await climb(store, tree, shard);
  }
}

/** Counts the requests: pages of lists, reads, and looks at single objects. */
function counted(store: ObjectStore) {
  const calls = { lists: 0, reads: 0, stats: 0 };
  const counting: ObjectStore = {
    ...store,
    async *list(prefix) {
      let onPage = 0;
      calls.lists += 1;
      for await (const info of store.list(prefix)) {
        if (onPage++ === 1000) {
          calls.lists += 1;
          onPage = 1;
        }
        yield info;
      }
    },
    read(name, options) {
      calls.reads += 1;
      return store.read(name, options);
    },
    stat(name) {
      calls.stats += 1;
      return store.stat(name);
    },
  };
  return { store: counting, calls };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test('at 107,949 records a look is a few lists and reads, and right about work that goes on in order', async () => {
  const { store, plan, tree } = await planned(107_949);
  expect(plan.shards).toBe(6747);
  const finished = [...range(0, 1500), 1502, 1507, 1530, 1560];
  await finish(store, tree, finished);
  const { store: counting, calls } = counted(store);
  const reader = openProgress(counting, 'big');
  const first = await reader.read();
  expect(first).toMatchObject({ state: 'running', stage: 'shard', shardsDone: 1504, shards: 6747 });
  expect(first.recordsDone).toBe(1504 * 16);
  expect(calls.lists).toBeLessThanOrEqual(10);
  expect(calls.reads).toBeLessThanOrEqual(51);
  let last = first;
  for (let look = 0; look < 3; look++) last = await reader.read();
  expect(last.failed).toBe(finished.filter((shard) => shard % 2 === 1).length);
  expect(last.failedIsAtLeast).toBeUndefined();
  const before = { ...calls };
  await reader.read();
  expect(calls.reads - before.reads).toBe(1);
  expect(calls.lists - before.lists).toBeLessThanOrEqual(10);
});

test('what is finished far out of order is seen once its group is complete', async () => {
  const { store, tree } = await planned(107_949);
  await finish(store, tree, [5000, ...range(6200, 6231)]);
  const { shardsDone } = await readProgress(store, 'big');
  expect(shardsDone).toBe(31);
});

test.each([1, 31, 32, 992, 1000, 1001, 2100])(
  'of %d shards, each is counted once at any time',
  async (shards) => {
    const { store, tree } = await planned(shards * 16);
    for (const [from, to] of [
      [0, Math.floor(shards / 3)],
      [Math.floor(shards / 3), shards],
    ] as const) {
      await finish(store, tree, range(from, to));
      const { done } = await lookAtTree(store, tree, undefined);
      expect(done.reduce((sum, { first, end }) => sum + end - first, 0)).toBe(to);
      for (const [i, { first }] of done.entries())
        expect(first).toBeGreaterThanOrEqual(done[i - 1]?.end ?? 0);
    }
  },
);

test('a cancelled job says so; what it had done stays visible', async () => {
  const { store, plan, tree } = await planned(320);
  await finish(store, tree, [0, 3]);
  await recordCancellation(store, { job: 'big', generation: plan.jobGeneration });
  expect(await readProgress(store, 'big')).toMatchObject({
    state: 'cancelled',
    recordsDone: 32,
    failed: 1,
    error: { code: 'cancelled' },
  });
});

test('a reader does not take a new job of the name for the old one', async () => {
  const { store, tree } = await planned(320);
  await finish(store, tree, [0]);
  const reader = openProgress(store, 'big');
  expect(await reader.read()).toMatchObject({ state: 'running', shardsDone: 1 });
  await store.delete(jobName('big'));
  expect(await reader.read()).toMatchObject({ state: 'waiting' });
  await store.create(jobName('big'), '{}');
  expect(await reader.read()).toMatchObject({ state: 'planning', shardsDone: 0, records: undefined });
});

test('a job that is joined first: its scans, then its partitions, then the plan', async () => {
  const store = createMemoryStore();
  const { generation } = await store.create(jobName('big'), '{}');
  const run = { job: 'big', generation };
  const table = { bucket: 'pillbox', name: 't', generation: '1', sizeBytes: 1, crc32c: 'AAAAAA==' };
  const tables = { edstays: 't', triage: 't', vitalsign: 't', patients: 't', metadata: 't' };
  const job = parseJob({ id: 'big', join: { tables } });
  const scans = ['edstays', 'triage', 'files'] as const;
  const plan: JoinPlan = { job, jobGeneration: generation, partitions: 40, scans: [...scans], tables: {} };
  expect(await readProgress(store, 'big')).toMatchObject({ state: 'planning', stage: 'plan' });
  await store.create(joinPlanName(run), JSON.stringify({ ...plan, tables: { edstays: table } }));
  await writeLeaf(store, scanFanIn(plan), 1, {});
  const progress = () => readProgress(store, 'big');
  const join = { step: 'scan', tasksDone: 1, tasks: 3 };
  expect(await progress()).toMatchObject({ state: 'running', stage: 'join', join, records: undefined });
  for (const scan of [0, 2]) await writeLeaf(store, scanFanIn(plan), scan, {});
  for (let i = 0; i < 33; i++) await writeLeaf(store, partitionFanIn(plan), i, {});
  expect((await progress()).join).toEqual({ step: 'partition', tasksDone: 33, tasks: 40 });
  await recordCancellation(store, run);
  expect(await progress()).toMatchObject({ state: 'cancelled', stage: 'join' });
  await clearFailures(store, run);
  await store.create(joinedName(run), JSON.stringify({ manifest: table }));
  expect(await progress()).toMatchObject({ state: 'planning', stage: 'plan', join: { step: 'done' } });
});
