/** What every task of a join begins with: is there still something to do, and what is the plan of the join. */

import { RetryableError } from '../errors/retryable-error.ts';
import type { ObjectStore, OpenStore } from '../storage/object-store.ts';
import { readFailure } from './job-failure.ts';
import { type JoinPlan, readJoinPlan } from './join-plan.ts';
import { isLive } from './live-run.ts';
import type { JobRun } from './object-names.ts';
import { type JobRef, jobRefOf } from './stage-tasks.ts';

export interface OpenJoin {
  readonly store: ObjectStore;
  readonly ref: JobRef;
  readonly run: JobRun;
  readonly plan: JoinPlan;
}

/**
 * Undefined when the task has nothing to do any more: its job.json was deleted or written anew, or the job has failed.
 * Throws a RetryableError ('stage-incomplete') when there is a job but no plan of its join.
 */
export async function openJoin(openStore: OpenStore, task: JobRef): Promise<OpenJoin | undefined> {
  const ref = jobRefOf(task);
  const store = openStore(ref.bucket);
  const [live, failure, plan] = await Promise.all([
    isLive(store, ref),
    readFailure(store, ref),
    readJoinPlan(store, ref),
  ]);
  if (!live || failure !== undefined) return undefined;
  if (plan === undefined)
    throw new RetryableError('stage-incomplete', `job ${ref.job} has no join-plan.json`);
  return { store, ref, run: { job: ref.job, generation: ref.generation }, plan };
}
