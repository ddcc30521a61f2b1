/** What every task of a job begins with: is there still something to do, and what is the plan. */

import { RetryableError } from '../errors/retryable-error.ts';
import type { ObjectStore, OpenStore } from '../storage/object-store.ts';
import { readFailure } from './job-failure.ts';
import { isLive } from './live-run.ts';
import { doneName, type JobRun } from './object-names.ts';
import { type Plan, readPlan } from './plan-document.ts';
import type { JobRef } from './stage-tasks.ts';

export interface OpenJob {
  readonly store: ObjectStore;
  readonly plan: Plan;
}

/**
 * Undefined when the task has nothing to do any more: its job.json was deleted or written anew, or the job has failed.
 * Throws a RetryableError ('stage-incomplete') when there is a job but no plan.
 */
export async function openJob(openStore: OpenStore, ref: JobRef): Promise<OpenJob | undefined> {
  const store = openStore(ref.bucket);
  const [live, failure, plan] = await Promise.all([
    isLive(store, ref),
    readFailure(store, ref),
    readPlan(store, ref),
  ]);
  if (!live || failure !== undefined) return undefined;
  if (plan === undefined) throw new RetryableError('stage-incomplete', `job ${ref.job} has no plan.json`);
  return { store, plan };
}

/** True once this run of the job is done or has failed. */
export async function hasEnded(store: ObjectStore, run: JobRun): Promise<boolean> {
  return (await isDone(store, run)) || (await readFailure(store, run)) !== undefined;
}

export async function isDone(store: ObjectStore, run: JobRun): Promise<boolean> {
  return (await store.stat(doneName(run))) !== undefined;
}
