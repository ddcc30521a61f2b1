import { expect, test } from 'vitest';
import { type SweepTask, taskSchemas } from '../../shared/pipeline/stage-tasks.ts';
import { createMemoryQueue } from '../../shared/tasks/memory-task-queue.ts';
import type { Task } from '../../shared/tasks/task-queue.ts';
import { createPipelineRun, type PipelineRun } from '../../test/fixtures/pipeline/pipeline-run.ts';
import { writeSampleJob } from '../../test/fixtures/pipeline/sample-job.ts';
import { sweepJob } from './sweep-job.ts';

const MINUTE_MS = 60_000;
const nowMs = Date.UTC(2026, 0, 1);

/** A job of two shards, planned, neither of them delivered. */
async function plannedJob(): Promise<{ run: PipelineRun; first: SweepTask }> {
  const run = createPipelineRun();
  await writeSampleJob(run.store, { records: 6, options: { shardRecords: 3, image: { size: 16 } } });
  await run.announce('demo');
  await run.drive({ lose: ({ path }) => path === '/shards' });
  const generation = (await run.store.stat('jobs/demo/job.json'))?.generation ?? '';
  return { run, first: { bucket: 'pillbox', job: 'demo', generation, round: 0, markers: 0, stalled: 0 } };
}

/** One sweep: what it says, how long until the next, and the tasks it sends besides. */
async function sweep(run: PipelineRun, task: SweepTask) {
  const queue = createMemoryQueue();
  const outcome = await sweepJob({ openStore: () => run.store, queue, nowMs }, task);
  const tasks: Task[] = [];
  for (let sent = queue.take(); sent !== undefined; sent = queue.take()) tasks.push(sent);
  const next = tasks.find(({ path }) => path === '/sweep');
  if (next?.scheduleTime === undefined) throw new Error('no next sweep');
  return {
    outcome,
    delayMinutes: (next.scheduleTime.getTime() - nowMs) / MINUTE_MS,
    next: taskSchemas.sweep.parse(next.body),
    resent: tasks.filter((sent) => sent !== next),
  };
}

test('a job that stands still is swept ever less often, and after eight times has failed', async () => {
  const { run, first } = await plannedJob();
  const delays: number[] = [];
  const keys: unknown[] = [];
  let task = first;
  for (let round = 1; round < 8; round++) {
    const { outcome, delayMinutes, next, resent } = await sweep(run, task);
    expect(outcome).toBe('resent');
    delays.push(delayMinutes);
    keys.push(...resent.map(({ key }) => key));
    task = next;
  }
  expect(delays).toEqual([20, 40, 80, 160, 180, 180, 180]);
  expect(new Set(keys).size).toBe(7 * 2);
  await expect(sweep(run, task)).rejects.toMatchObject({ name: 'TerminalError', code: 'stalled' });

  const answer = await run.deliver({ box: 'plan', path: '/sweep', body: task });
  expect(await answer.json()).toEqual({ outcome: 'failed', code: 'stalled' });
  expect(await run.store.stat('jobs/demo/failed/sweep.json')).toBeDefined();
});

test('a forced sweep sends what is missing of a job in good health; the next one is not forced', async () => {
  const { run, first } = await plannedJob();
  const { outcome, next, resent } = await sweep(run, { ...first, markers: 7, force: true });
  expect(outcome).toBe('resent');
  expect(resent.map(({ path }) => path)).toEqual(['/shards', '/shards']);
  expect(next).not.toHaveProperty('force');
});

test('a shard that is made after all starts the count anew', async () => {
  const { run, first } = await plannedJob();
  const { next, resent } = await sweep(run, { ...first, stalled: 6 });
  const [shard] = resent;
  if (shard === undefined) throw new Error('nothing was sent');
  await run.deliver(shard);
  const after = await sweep(run, next);
  expect(after).toMatchObject({ outcome: 'healthy', delayMinutes: 10, resent: [], next: { stalled: 0 } });
});
