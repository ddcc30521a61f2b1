/** Whether a worker still works for anybody: its job may have been deleted, or written anew, while it was at it. */

import type { ObjectStore } from '../storage/object-store.ts';
import { type JobRun, jobName } from './object-names.ts';

/** To be asked directly before anything is written under a name that all runs of a job share. */
export async function isLive(store: ObjectStore, { job, generation }: JobRun): Promise<boolean> {
  return (await store.stat(jobName(job)))?.generation === generation;
}
