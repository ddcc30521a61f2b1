/** What every task of a job begins with: is there still something to do, and what is the plan. */

import { RetryableError } from '../errors/retryable-error.ts';
import type { ObjectStore, OpenStore } from '../storage/object-store.ts';
import { failedFolder, jobName, METADATA_FILE, outputName } from './object-names.ts';
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
  const [info, failed, plan] = await Promise.all([
    store.stat(jobName(ref.job)),
    hasFailed(store, ref.job),
    readPlan(store, ref.job),
  ]);
  if (info?.generation !== ref.generation || failed) return undefined;
  if (plan === undefined) throw new RetryableError('stage-incomplete', `job ${ref.job} has no plan.json`);
  return plan.jobGeneration === ref.generation ? { store, plan } : undefined;
}

/** True once metadata.json or a failure exists. */
export async function hasEnded(store: ObjectStore, job: string): Promise<boolean> {
  return (await isDone(store, job)) || (await hasFailed(store, job));
}

export async function isDone(store: ObjectStore, job: string): Promise<boolean> {
  return (await store.stat(outputName(job, METADATA_FILE))) !== undefined;
}

async function hasFailed(store: ObjectStore, job: string): Promise<boolean> {
  for await (const _ of store.list(failedFolder(job))) return true;
  return false;
}
