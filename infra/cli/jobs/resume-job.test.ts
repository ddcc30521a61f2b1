import { expect, test } from 'vitest';
import { TerminalError } from '../../../shared/errors/terminal-error.ts';
import { recordCancellation, recordFailure } from '../../../shared/pipeline/job-failure.ts';
import { readProgress } from '../../../shared/pipeline/progress.ts';
import type { Task, TaskQueue } from '../../../shared/tasks/task-queue.ts';
import { createPipelineRun, type PipelineRun } from '../../../test/fixtures/pipeline/pipeline-run.ts';
import { generationOf, listNames, readOutputs } from '../../../test/fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../../../test/fixtures/pipeline/sample-job.ts';
import { resumeJob } from './resume-job.ts';

const sample = {
  records: 20,
  faults: { 7: 'image-missing' } as const,
  options: { shardRecords: 3, partsPerTar: 2, image: { size: 16 } },
};

/** A run whose queue the resume command sends to as well. */
async function begin(): Promise<{ run: PipelineRun; queue: TaskQueue }> {
  let queue: TaskQueue | undefined;
  const run = createPipelineRun({
    wrapQueue: (inner) => {
      queue = inner;
      return inner;
    },
  });
  if (queue === undefined) throw new Error('the run has no queue');
  await writeSampleJob(run.store, sample);
  return { run, queue };
}

const runOf = async ({ store }: PipelineRun) => ({ job: 'demo', generation: await generationOf(store) });

let clockMs = Date.UTC(2026, 0);
function resume({ run, queue }: { run: PipelineRun; queue: TaskQueue }, force = false) {
  clockMs += 60_000;
  return resumeJob(run.store, 'demo', {
    bucket: 'pillbox',
    openQueue: async () => queue,
    nowMs: clockMs,
    force,
  });
}

async function undisturbed(): Promise<{ outputs: Record<string, string>; tasks: readonly Task[] }> {
  const { run } = await begin();
  await run.announce('demo');
  await run.drive();
  return { outputs: await readOutputs(run.store), tasks: run.delivered };
}

test('cancelled after any number of tasks and resumed, the outputs are the same to the byte', async () => {
  const { outputs, tasks } = await undisturbed();
  expect(Object.keys(outputs).length).toBeGreaterThan(6);
  const stages = new Set<string | undefined>();
  for (let after = 0; after < tasks.length; after++) {
    const pipeline = await begin();
    const { run } = pipeline;
    await run.announce('demo');
    let left = after;
    // Tasks that come once the job is cancelled are delivered, and do nothing.
    await run.drive({ lose: () => false, pick: pickAfter(() => left-- === 0, run) });
    await cancel(run);
    await run.drive();
    const stopped = await readProgress(run.store, 'demo');
    stages.add(stopped.state === 'done' ? 'done' : stopped.stage);
    const { outcome } = await resume(pipeline);
    await run.drive();
    expect(outcome).toBe(stopped.state === 'done' ? 'done' : 'sent');
    expect((await readProgress(run.store, 'demo')).state).toBe('done');
    expect(await readOutputs(run.store)).toEqual(outputs);
  }
  expect([...stages]).toEqual(expect.arrayContaining(['plan', 'shard', 'combine']));
});

/** Cancels the job while the task for which `isTime` holds is delivered; the pick itself stays the oldest. */
function pickAfter(isTime: () => boolean, run: PipelineRun): (waiting: number) => number {
  return () => {
    if (isTime()) cancelNow(run);
    return 0;
  };
}

/** Not waited for: it races with the task, as in life. */
function cancelNow(run: PipelineRun): void {
  void cancel(run);
}

async function cancel(run: PipelineRun): Promise<void> {
  await recordCancellation(run.store, await runOf(run));
}

test('only what is missing is done again', async () => {
  const pipeline = await begin();
  const { run } = pipeline;
  await run.announce('demo');
  const held: Task[] = [];
  await run.drive({
    lose: (task) => task.box === 'shard' && Number(shardOf(task)) >= 4 && held.push(task) > 0,
  });
  await cancel(run);
  for (const task of held) await run.deliver(task);
  const before = run.delivered.length;
  await resume(pipeline);
  await run.drive();
  const shards = run.delivered.slice(before).filter(({ path }) => path === '/shards');
  expect(shards.map(shardOf).sort()).toEqual([4, 5, 6]);
});

const shardOf = ({ body }: Task): unknown => (body as { shard?: number }).shard;

test('a job that failed goes on once the cause is mended; failures of other runs stay', async () => {
  const { outputs } = await undisturbed();
  const pipeline = await begin();
  const { run } = pipeline;
  await run.announce('demo');
  await run.drive({ lose: ({ box }) => box === 'combine' });
  const own = await runOf(run);
  await recordFailure(run.store, own, 'shard-3', new TerminalError('given-up', 'hours'));
  await recordFailure(run.store, own, 'sweep', new TerminalError('stalled', 'hours'));
  const other = { generation: '1', task: 'plan', code: 'manifest-missing', message: '', fields: [] };
  await run.store.create('jobs/demo/failed/plan.json', JSON.stringify(other));
  expect((await readProgress(run.store, 'demo')).state).toBe('failed');
  expect((await resume(pipeline)).outcome).toBe('sent');
  await run.drive();
  expect(await readOutputs(run.store)).toEqual(outputs);
  expect(await listNames(run.store, 'jobs/demo/failed/')).toEqual(['jobs/demo/failed/plan.json']);
});

test('cancelled and resumed again and again, it still ends', async () => {
  const { outputs } = await undisturbed();
  const pipeline = await begin();
  const { run } = pipeline;
  await run.announce('demo');
  for (let time = 0; time < 5; time++) {
    let left = 3;
    await run.drive({ pick: pickAfter(() => left-- === 0, run) });
    await cancel(run);
    await run.drive();
    await resume(pipeline);
  }
  await run.drive();
  expect(await readOutputs(run.store)).toEqual(outputs);
});

test('nothing is sent for a job that is done, running or absent, unless it is forced and stands still', async () => {
  const pipeline = await begin();
  const { run } = pipeline;
  await run.announce('demo');
  await run.drive({ lose: ({ box }) => box === 'shard' });
  expect((await resume(pipeline)).outcome).toBe('running');
  expect(await run.drive()).toBeUndefined();
  expect((await resume(pipeline, true)).outcome).toBe('sent');
  await run.drive();
  expect((await resume(pipeline)).outcome).toBe('done');
  await run.store.delete('jobs/demo/job.json');
  expect((await resume(pipeline)).outcome).toBe('no-job');
});

test('a queue that cannot be reached leaves the job as it was', async () => {
  const { run } = await begin();
  await cancel(run);
  const openQueue = () => Promise.reject(new Error('no queue'));
  const resumed = resumeJob(run.store, 'demo', { bucket: 'pillbox', openQueue, nowMs: 1 });
  await expect(resumed).rejects.toThrow('no queue');
  expect((await readProgress(run.store, 'demo')).state).toBe('cancelled');
  const broken = { enqueue: () => Promise.reject(new Error('refused')) };
  const refused = resumeJob(run.store, 'demo', {
    bucket: 'pillbox',
    openQueue: () => Promise.resolve(broken),
    nowMs: 1,
  });
  await expect(refused).rejects.toThrow('refused');
  expect((await readProgress(run.store, 'demo')).state).toBe('cancelled');
});
