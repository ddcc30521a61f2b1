import { beforeAll, expect, test } from 'vitest';
import { createFault, type Fault, faultyQueue, faultyStore } from '../fixtures/pipeline/faulty-store.ts';
import { createPipelineRun, type PipelineRun, type RunOptions } from '../fixtures/pipeline/pipeline-run.ts';
import { listNames, listRecordsLeft, readOutputs } from '../fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../fixtures/pipeline/sample-job.ts';

/** Four shards, two tar groups, three failures. */
const sample = {
  records: 12,
  faults: { 2: 'image-missing', 5: 'line-not-json', 9: 'image-corrupt' },
  options: { shardRecords: 3, partsPerTar: 3, image: { size: 16 } },
} as const;

let undisturbed: Record<string, string>;

async function begin(options: RunOptions = {}): Promise<PipelineRun> {
  const run = createPipelineRun(options);
  await writeSampleJob(run.store, sample);
  await run.announce('demo');
  return run;
}

async function expectSameResult({ store }: PipelineRun): Promise<void> {
  expect(await readOutputs(store)).toEqual(undisturbed);
  expect(await listRecordsLeft(store)).toEqual([]);
  expect(await listNames(store, 'jobs/demo/failed/')).toEqual([]);
}

beforeAll(async () => {
  const run = await begin();
  await run.drive();
  undisturbed = await readOutputs(run.store);
  expect(Object.keys(undisturbed)).toContain('metadata.json');
});

test('a second run writes the same bytes', async () => {
  const run = await begin();
  await run.drive();
  await expectSameResult(run);
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
  await run.announce('demo');
  await run.drive();
  await expectSameResult(run);
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
  expect(last).toBeGreaterThan(8);
});

test('any one lost task is found by the sweeps', async () => {
  const tasks = await begin();
  await tasks.drive();
  for (let lost = 0; lost < tasks.delivered.length; lost++) {
    const run = await begin();
    let taken = 0;
    await run.drive({ lose: ({ path }) => path !== '/plans' && path !== '/sweep' && taken++ === lost });
    let sweeps = 0;
    while (await run.sweep()) sweeps += 1;
    expect(sweeps).toBeLessThan(5);
    await expectSameResult(run);
  }
});

test('a sweep leaves a job in good health alone', async () => {
  const run = await begin();
  await run.drive({ lose: ({ body }) => (body as { shard?: number }).shard === 3 });
  const before = run.delivered.length;
  await run.sweep();
  expect(run.delivered.slice(before).map(({ path }) => path)).toEqual(['/sweep']);
});
