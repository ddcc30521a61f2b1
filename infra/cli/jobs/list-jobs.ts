/** Finds the jobs of a bucket. */

import type { ObjectStore } from '../../../shared/storage/object-store.ts';

/** A page of a list is 1,000 objects: 50 requests. A job of 107,949 records has about 8,000. */
const OBJECTS_LIMIT = 50_000;
const JOB_NAME = /^jobs\/([a-z0-9][a-z0-9_-]{0,62})\/job\.json$/;

export interface ListedJob {
  readonly job: string;
  readonly generation: string;
  /** Undefined where the store counts its generations in another way. */
  readonly submittedMs: number | undefined;
}

export interface JobList {
  /** Newest first. */
  readonly jobs: readonly ListedJob[];
  /** The name at which the search was given up; undefined when all was seen. */
  readonly stoppedAt: string | undefined;
}

export async function listJobs(store: ObjectStore, limitObjects = OBJECTS_LIMIT): Promise<JobList> {
  const jobs: ListedJob[] = [];
  let seen = 0;
  let stoppedAt: string | undefined;
  for await (const { name, generation } of store.list('jobs/')) {
    if (seen++ === limitObjects) {
      stoppedAt = name;
      break;
    }
    const job = JOB_NAME.exec(name)?.[1];
    if (job !== undefined) jobs.push({ job, generation, submittedMs: timeOf(generation) });
  }
  jobs.sort((a, b) => newerFirst(a.generation, b.generation));
  return { jobs, stoppedAt };
}

/** Generations exceed 2^53. */
function newerFirst(a: string, b: string): number {
  const difference = BigInt(b) - BigInt(a);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

/** Cloud Storage, and the local cloud, number generations by the microsecond; 10^15 of them are the year 2001. */
function timeOf(generation: string): number | undefined {
  return /^\d{16}$/.test(generation) ? Number(generation.slice(0, -3)) : undefined;
}
