import { beforeAll, expect, test } from 'vitest';
import { parseJob } from '../../shared/pipeline/job.ts';
import { createFault, type Fault, faultyQueue, faultyStore } from '../fixtures/pipeline/faulty-store.ts';
import { createJoinRun, type JoinRun, type JoinRunOptions } from '../fixtures/pipeline/join-run.ts';
import { listNames, readBytes, readOutputs } from '../fixtures/pipeline/read-outputs.ts';
import { randomTables, TABLE_NAMES, writeTables } from '../fixtures/tables/random-tables.ts';

const PARTITIONS = 2;
/** The join is made anew for each of its operations. */
const SLOW_MS = 180_000;
const drawn = randomTables(2026, 12);
const { chexpert: _, split: __, ...names } = TABLE_NAMES;
const job = { id: 'demo', shardRecords: 2, stratifyBy: ['view', 'clinical'], join: { tables: names } };

let undisturbed: Awaited<ReturnType<typeof resultOf>>;

async function begin(options: JoinRunOptions = {}): Promise<JoinRun> {
  const run = createJoinRun(options);
  await writeTables(run.store, drawn);
  await run.store.create('jobs/demo/job.json', JSON.stringify(job));
  await run.start(PARTITIONS);
  return run;
}

/** All that a user or a later step reads, and the shards that were sent on. */
async function resultOf({ store, shards }: JoinRun) {
  const work = await listNames(store, 'jobs/demo/work/');
  const named = (end: string) => work.find((name) => name.endsWith(end)) ?? `no ${end}`;
  const plan = JSON.parse(String(await readBytes(store, named('/plan.json'))));
  return {
    outputs: await readOutputs(store),
    manifest: String(await readBytes(store, named('/manifest.jsonl'))),
    // Generations are of this store, and say how much went on before.
    plan: { records: plan.records, shards: plan.shards, splits: plan.splitThresholds, job: plan.job },
    shards: [...shards].sort((a, b) => a - b),
    failed: await listNames(store, 'jobs/demo/failed/'),
  };
}

async function expectSameResult(run: JoinRun): Promise<void> {
  expect(await resultOf(run)).toEqual(undisturbed);
}

beforeAll(async () => {
  const run = await begin();
  await run.drive();
  undisturbed = await resultOf(run);
});

test('the undisturbed join is what it should be', () => {
  expect(undisturbed.failed).toEqual([]);
  expect(Object.keys(undisturbed.outputs).sort()).toEqual(['join.json', 'unmatched.jsonl']);
  expect(undisturbed.plan.job).toEqual(parseJob(job));
  expect(undisturbed.plan.records).toBe(undisturbed.manifest.trim().split('\n').length);
  expect(undisturbed.plan.splits.strata.length).toBeGreaterThan(1);
  expect(undisturbed.shards.length).toBe(undisturbed.plan.shards);
});

test('every task may be delivered several times at once', async () => {
  const run = await begin();
  await run.drive({ copies: 3 });
  await expectSameResult(run);
});

test('tasks may come in any order', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    let state = seed;
    const run = await begin();
    await run.drive({
      pick: (waiting) => {
        state = (state * 48_271) % 2_147_483_647;
        return state % Math.max(1, waiting);
      },
    });
    await expectSameResult(run);
  }
});

test('tasks that come again when all is done change nothing', async () => {
  const run = await begin();
  await run.drive();
  for (const task of run.delivered.slice()) expect((await run.deliver(task)).status).toBe(200);
  await run.drive();
  await expectSameResult(run);
});

test('a late task of a job whose records are deleted leaves none', async () => {
  const run = await begin();
  await run.drive();
  const parts = () =>
    listNames(run.store, 'jobs/demo/work/').then((names) => names.filter((n) => n.includes('/parts/')));
  for (const name of await parts()) await run.store.delete(name);
  for (const task of run.delivered.filter(({ box }) => box === 'join')) {
    expect((await run.deliver(task)).status).toBe(200);
  }
  expect(await parts()).toEqual([]);
  expect(await listNames(run.store, 'jobs/demo/failed/')).toEqual([]);
});

test.each(['before', 'after'] as const)(
  'a crash %s any storage operation is made good by a retry',
  async (when) => {
    let last = Number.POSITIVE_INFINITY;
    for (let at = 1; at <= last; at++) {
      const fault = createFault(at, when);
      const run = await begin({ wrapStore: (store) => faultyStore(store, fault) });
      await run.drive();
      await expectSameResult(run);
      last = fault.operations;
    }
    expect(last).toBeGreaterThan(150);
  },
  SLOW_MS,
);

test.each(['before', 'after'] as const)('a crash %s any enqueue is made good by a retry', async (when) => {
  let last = Number.POSITIVE_INFINITY;
  for (let at = 1; at <= last; at++) {
    const fault: Fault = createFault(at, when);
    const run = await begin({ wrapQueue: (queue) => faultyQueue(queue, fault) });
    await run.drive();
    await expectSameResult(run);
    last = fault.operations;
  }
  expect(last).toBeGreaterThan(12);
});

test('any one lost task is found by the sweeps', async () => {
  const tasks = await begin();
  await tasks.drive();
  expect(tasks.delivered.map(({ path }) => path)).toContain('/finish');
  for (let lost = 0; lost < tasks.delivered.length - 1; lost++) {
    const run = await begin();
    let taken = 0;
    // The first of all is the event's, which comes again by itself.
    await run.drive({
      lose: ({ box, path }) => box !== 'shard' && path !== '/sweep' && taken++ === lost + 1,
    });
    for (let sweeps = 0; run.shards.size < undisturbed.shards.length && sweeps < 6; sweeps++) {
      expect(await run.sweep()).toBe(true);
    }
    await expectSameResult(run);
  }
});

test('a join that stands still has failed in the end', async () => {
  const run = await begin();
  await run.drive({ lose: ({ path }) => path === '/scans' });
  const answer = await run.deliver({
    box: 'plan',
    path: '/sweep',
    body: { ...(run.delivered[0]?.body as object), round: 9, markers: 0, stalled: 7 },
  });
  expect(await answer.json()).toEqual({ outcome: 'failed', code: 'stalled' });
  expect(await listNames(run.store, 'jobs/demo/failed/')).toEqual(['jobs/demo/failed/sweep.json']);
});
