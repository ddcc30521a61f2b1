/**
 * Catches what a queue lost. A job whose markers grew since the last sweep is in good health and is left alone; one that
 * stood still gets its missing tasks sent again, under new keys.
 */

import { missingMarkers, repair } from '../../shared/pipeline/fan-in.ts';
import { markerFolder } from '../../shared/pipeline/object-names.ts';
import { isDone, type OpenJob, openJob } from '../../shared/pipeline/open-job.ts';
import { shardFanIn } from '../../shared/pipeline/shard-markers.ts';
import { jobRefOf, type SweepTask, startTask, sweepTask } from '../../shared/pipeline/stage-tasks.ts';
import type { ObjectStore, OpenStore } from '../../shared/storage/object-store.ts';
import type { TaskQueue } from '../../shared/tasks/task-queue.ts';
import { sendShardTasks } from './send-tasks.ts';

export async function sweepJob(
  { openStore, queue, nowMs }: { openStore: OpenStore; queue: TaskQueue; nowMs: number },
  task: SweepTask,
): Promise<'ended' | 'healthy' | 'resent'> {
  const job = await openJob(openStore, task);
  if (job === undefined || (await isDone(job.store, task.job))) return 'ended';
  const round = task.round + 1;
  const markers = await countMarkers(job.store, task.job);
  const stalled = markers === task.markers;
  if (stalled) await resend(queue, job, { ...task, round });
  await queue.enqueue(sweepTask({ ...jobRefOf(task), round, markers }, nowMs));
  return stalled ? 'resent' : 'healthy';
}

async function resend(queue: TaskQueue, { store, plan }: OpenJob, task: SweepTask): Promise<void> {
  const ref = jobRefOf(task);
  const tree = shardFanIn(plan);
  if (await repair(store, tree)) {
    await queue.enqueue(startTask({ ...ref, round: task.round }));
  } else {
    await sendShardTasks(queue, ref, missingMarkers(store, tree), task.round);
  }
}

async function countMarkers(store: ObjectStore, job: string): Promise<number> {
  let count = 0;
  for await (const _ of store.list(markerFolder(job))) count += 1;
  return count;
}
