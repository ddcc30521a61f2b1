/** Sends a planned job on its way: one task per shard, and the sweep that looks after lost ones. */

import { forEachLimited } from '../../shared/pipeline/limited.ts';
import type { Plan } from '../../shared/pipeline/plan-document.ts';
import { type JobRef, shardTask, sweepTask } from '../../shared/pipeline/stage-tasks.ts';
import type { TaskQueue } from '../../shared/tasks/task-queue.ts';

/** Cloud Tasks takes hundreds a second; each call waits for the network most of its time. */
const ENQUEUES_AT_ONCE = 32;

/** The sweep first: it then also mends a plan that dies half way through the shards. */
export async function sendPlannedTasks(
  queue: TaskQueue,
  ref: JobRef,
  plan: Plan,
  nowMs: number,
): Promise<void> {
  await queue.enqueue(sweepTask({ ...ref, round: 0, markers: 0, stalled: 0 }, nowMs));
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

function* upTo(count: number): Iterable<number> {
  for (let i = 0; i < count; i++) yield i;
}
