/** Sends the tasks of a join: all of them at first, those that are missing when a sweep finds some lost. */

import type { TaskQueue } from '../tasks/task-queue.ts';
import { forEachLimited } from './limited.ts';
import { type JobRef, partitionTask, scanTask } from './stage-tasks.ts';

const ENQUEUES_AT_ONCE = 32;

export function sendScanTasks(
  queue: TaskQueue,
  ref: JobRef,
  scans: Iterable<number> | AsyncIterable<number>,
  round = 0,
): Promise<void> {
  return forEachLimited(scans, ENQUEUES_AT_ONCE, async (scan) => {
    await queue.enqueue(scanTask({ ...ref, scan }, round));
  });
}

export function sendPartitionTasks(
  queue: TaskQueue,
  ref: JobRef,
  partitions: Iterable<number> | AsyncIterable<number>,
  round = 0,
): Promise<void> {
  return forEachLimited(partitions, ENQUEUES_AT_ONCE, async (partition) => {
    await queue.enqueue(partitionTask({ ...ref, partition }, round));
  });
}

/** 0 up to and without `count`. */
export function* upTo(count: number): Iterable<number> {
  for (let i = 0; i < count; i++) yield i;
}
