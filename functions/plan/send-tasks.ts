/** Sends a planned job on its way: one task per scan or shard, and the sweep that looks after lost ones. */

import { sendScanTasks, upTo } from '../../shared/pipeline/join-tasks.ts';
import { forEachLimited } from '../../shared/pipeline/limited.ts';
import type { Plan } from '../../shared/pipeline/plan-document.ts';
import { type JobRef, jobRefOf, shardTask, sweepTask } from '../../shared/pipeline/stage-tasks.ts';
import type { Task, TaskQueue } from '../../shared/tasks/task-queue.ts';

/** Cloud Tasks takes hundreds a second; each call waits for the network most of its time. */
const ENQUEUES_AT_ONCE = 32;

/** The sweep first: it then also mends a plan that dies half way through the scans. */
export async function sendJoinTasks(
  queue: TaskQueue,
  ref: JobRef,
  scans: number,
  nowMs: number,
): Promise<void> {
  await queue.enqueue(firstSweep(ref, nowMs));
  await sendScanTasks(queue, ref, upTo(scans));
}

/** As above; of a job that was joined, the sweep goes on that looked after the join. */
export async function sendPlannedTasks(
  queue: TaskQueue,
  ref: JobRef,
  plan: Plan,
  nowMs: number,
): Promise<void> {
  if (plan.job.join === undefined) await queue.enqueue(firstSweep(ref, nowMs));
  await sendShardTasks(queue, ref, upTo(plan.shards));
}

export function sendShardTasks(
  queue: TaskQueue,
  ref: JobRef,
  shards: Iterable<number> | AsyncIterable<number>,
  round = 0,
): Promise<void> {
  return forEachLimited(shards, ENQUEUES_AT_ONCE, async (shard) => {
    await queue.enqueue(shardTask({ ...ref, shard }, round));
  });
}

function firstSweep(ref: JobRef, nowMs: number): Task {
  return sweepTask({ ...jobRefOf(ref), round: 0, markers: 0, stalled: 0 }, nowMs);
}
