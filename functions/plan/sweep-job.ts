/**
 * Catches what a queue lost. A job whose markers grew since the last sweep is in good health and is left alone; one that
 * stood still gets its missing tasks sent again, under new keys, each time after twice as long, and in the end has failed.
 */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { deleteGenerations } from '../../shared/pipeline/create-once.ts';
import { missingMarkers, repair } from '../../shared/pipeline/fan-in.ts';
import { partitionFanIn, readJoined, scanFanIn } from '../../shared/pipeline/join-markers.ts';
import { readJoinPlan } from '../../shared/pipeline/join-plan.ts';
import { sendPartitionTasks, sendScanTasks } from '../../shared/pipeline/join-tasks.ts';
import { composeFolder, type JobRun, markerFolder, partFolder } from '../../shared/pipeline/object-names.ts';
import { isDone, type OpenJob, openJob } from '../../shared/pipeline/open-job.ts';
import { type OpenJoin, openJoin } from '../../shared/pipeline/open-join.ts';
import { readPlan } from '../../shared/pipeline/plan-document.ts';
import { shardFanIn } from '../../shared/pipeline/shard-markers.ts';
import {
  jobRefOf,
  joinTask,
  planJoinedTask,
  type SweepTask,
  startTask,
  sweepTask,
} from '../../shared/pipeline/stage-tasks.ts';
import type { ObjectStore, OpenStore } from '../../shared/storage/object-store.ts';
import type { TaskQueue } from '../../shared/tasks/task-queue.ts';
import { sendShardTasks } from './send-tasks.ts';

/** 10 minutes doubled up to 3 hours come to 14 hours: time to wait behind other jobs, and for an outage to end. */
const STALLED_LIMIT = 8;

/** Throws a TerminalError ('stalled') when the job stood still for the eighth time in a row. */
export async function sweepJob(
  { openStore, queue, nowMs }: { openStore: OpenStore; queue: TaskQueue; nowMs: number },
  task: SweepTask,
): Promise<'ended' | 'healthy' | 'resent'> {
  const store = openStore(task.bucket);
  // A job that is being joined has a plan of its join, and no other yet.
  const [joinPlan, planned] = [await readJoinPlan(store, task), await readPlan(store, task)];
  const job =
    joinPlan === undefined || planned !== undefined
      ? await openJob(openStore, task)
      : await openJoin(openStore, task);
  if (job === undefined) return 'ended';
  if (await isDone(store, task)) {
    // A worker past its deadline may have come back after the end, and have died before it took its own away.
    await deleteGenerations(store, store.list(partFolder(task)));
    await deleteGenerations(store, store.list(composeFolder(task)));
    return 'ended';
  }
  const round = task.round + 1;
  const markers = await countMarkers(store, task);
  const stalled = markers === task.markers ? task.stalled + 1 : 0;
  if (stalled === STALLED_LIMIT) {
    const sent = STALLED_LIMIT - 1;
    throw new TerminalError(
      'stalled',
      `nothing was added in many hours; missing tasks were sent again ${sent} times`,
    );
  }
  const resends = stalled > 0 || task.force === true;
  if (resends) {
    if ('ref' in job) await resendJoin(queue, job, round);
    else await resend(queue, job, { ...task, round });
  }
  await queue.enqueue(sweepTask({ ...jobRefOf(task), round, markers, stalled }, nowMs));
  return resends ? 'resent' : 'healthy';
}

/** What the shards wait for. */
async function resend(queue: TaskQueue, { store, plan }: OpenJob, task: SweepTask): Promise<void> {
  const ref = jobRefOf(task);
  const tree = shardFanIn(plan);
  if (await repair(store, tree)) {
    await queue.enqueue(startTask({ ...ref, round: task.round }));
  } else {
    await sendShardTasks(queue, ref, missingMarkers(store, tree), task.round);
  }
}

/** What the join waits for: scans, then partitions, then its end, and at last the plan. */
async function resendJoin(
  queue: TaskQueue,
  { store, plan, ref, run }: OpenJoin,
  round: number,
): Promise<void> {
  if ((await readJoined(store, run)) !== undefined) {
    await queue.enqueue(planJoinedTask(ref, round));
    return;
  }
  const scans = scanFanIn(plan);
  if (!(await repair(store, scans))) return sendScanTasks(queue, ref, missingMarkers(store, scans), round);
  const partitions = partitionFanIn(plan);
  if (!(await repair(store, partitions))) {
    return sendPartitionTasks(queue, ref, missingMarkers(store, partitions), round);
  }
  await queue.enqueue(joinTask(ref, round));
}

async function countMarkers(store: ObjectStore, run: JobRun): Promise<number> {
  let count = 0;
  for await (const _ of store.list(markerFolder(run))) count += 1;
  return count;
}
