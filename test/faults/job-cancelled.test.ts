/** A job that is cancelled, at each of its stages: nothing begins any more, and resumed it ends as if it never had been. */

import { beforeAll, expect, test } from 'vitest';
import { resumeJob } from '../../infra/cli/jobs/resume-job.ts';
import { recordCancellation } from '../../shared/pipeline/job-failure.ts';
import { readProgress } from '../../shared/pipeline/progress.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { Task, TaskQueue } from '../../shared/tasks/task-queue.ts';
import { BUCKET, createPipelineRun, type PipelineRun } from '../fixtures/pipeline/pipeline-run.ts';
import { generationOf, listNames, listRecordsLeft, readOutputs } from '../fixtures/pipeline/read-outputs.ts';
import { writeJoinJob } from './schedules/scheduled-job.ts';

const STAGES = [
  ['before anything is planned', 'plan/plans', 'plan'],
  ['while tables are cut', 'join/scans', 'join'],
  ['while partitions are joined', 'join/partitions', 'join'],
  ['at the end of the join', 'join/finish', 'join'],
  ['while the joined manifest is planned', 'plan/plans again', 'plan'],
  ['in the shards', 'shard/shards', 'shard'],
  ['before the tars are laid out', 'combine/start', 'combine'],
  ['in the tars', 'combine/tars', 'combine'],
  ['in the extras', 'shard/extras', 'combine'],
  ['before the metadata', 'combine/finish', 'combine'],
] as const;

let undisturbed: Record<string, string>;

beforeAll(async () => {
  const { run } = await begin();
  await run.drive();
  undisturbed = await readOutputs(run.store);
  expect(Object.keys(undisturbed)).toEqual(expect.arrayContaining(['metadata.json', 'tabular.parquet']));
});

test.each(STAGES)('%s: no task does anything any more', async (_, step, stage) => {
  const { run, queue, holdAt } = await begin();
  const held = await holdAt(step);
  await cancel(run.store);
  const before = await listNames(run.store, '');
  for (const task of held) expect((await run.deliver(task)).status).toBe(200);
  while (await run.sweep());
  expect(await listNames(run.store, '')).toEqual(before);
  expect(run.waiting()).toEqual([]);
  expect(await readProgress(run.store, 'demo')).toMatchObject({ state: 'cancelled', stage });
  expect(before).not.toContain('jobs/demo/out/metadata.json');
  await expectSameEnd(run, queue);
});

test.each(STAGES)('%s: a task at work ends, and nothing follows', async (_, step) => {
  let cancelling = false;
  const { run, queue, holdAt } = await begin(async (store) => {
    if (cancelling) await cancel(store);
    cancelling = false;
  });
  const [first, ...others] = await holdAt(step);
  if (first === undefined) expect.unreachable();
  cancelling = true;
  await run.deliver(first);
  expect(cancelling).toBe(false);
  for (const task of others) await run.deliver(task);
  await run.drive();
  // What was at its last write is done, and says so.
  const { state } = await readProgress(run.store, 'demo');
  expect(state).toBe(step === 'combine/finish' ? 'done' : 'cancelled');
  await expectSameEnd(run, queue);
});

test('after its end it stays done, with what it made', async () => {
  const { run } = await begin();
  await run.drive();
  await cancel(run.store);
  expect(await readProgress(run.store, 'demo')).toMatchObject({ state: 'done' });
  for (const task of run.delivered.slice()) expect((await run.deliver(task)).status).toBe(200);
  expect(await readOutputs(run.store)).toEqual(undisturbed);
  expect(await listRecordsLeft(run.store)).toEqual([]);
});

/**
 * A joined job whose event was delivered. `holdAt` drives it until only tasks of that step wait, and returns them.
 * @param beforeEffect waited for before a box creates an object or sends a task.
 */
async function begin(beforeEffect: (store: ObjectStore) => Promise<void> = async () => {}) {
  let queue: TaskQueue | undefined;
  const run: PipelineRun = createPipelineRun({
    wrapStore: (store) => ({
      ...store,
      create: async (...args) => {
        await beforeEffect(store);
        return store.create(...args);
      },
    }),
    wrapQueue: (inner) => {
      queue = inner;
      return {
        async enqueue(task) {
          await beforeEffect(run.store);
          return inner.enqueue(task);
        },
      };
    },
  });
  await writeJoinJob(run.store, { isPlanned: false });
  await run.announce('demo');
  if (queue === undefined) throw new Error('the run has no queue');
  async function holdAt(step: string): Promise<Task[]> {
    const held: Task[] = [];
    const isJoined = () => run.delivered.some(({ box, path }) => box === 'join' && path === '/finish');
    const stepOf = ({ box, path }: Task) => box + path + (path === '/plans' && isJoined() ? ' again' : '');
    await run.drive({ lose: (task) => stepOf(task) === step && held.push(task) > 0 });
    expect(held.length).toBeGreaterThan(0);
    return held;
  }
  return { run, queue, holdAt };
}

async function cancel(store: ObjectStore): Promise<void> {
  await recordCancellation(store, { job: 'demo', generation: await generationOf(store) });
}

async function expectSameEnd(run: PipelineRun, queue: TaskQueue): Promise<void> {
  const openQueue = async () => queue;
  await resumeJob(run.store, 'demo', { bucket: BUCKET, openQueue, nowMs: 1e12 });
  await run.drive();
  expect(await readProgress(run.store, 'demo')).toMatchObject({ state: 'done' });
  expect(await readOutputs(run.store)).toEqual(undisturbed);
  expect(await listRecordsLeft(run.store)).toEqual([]);
}
