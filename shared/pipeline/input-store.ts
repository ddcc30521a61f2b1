/** Opens the buckets that a job reads from: its own, or one of somebody else that a project has to pay for. */

import type { ObjectStore, OpenStore } from '../storage/object-store.ts';
import type { Job } from './job.ts';

/** The store of `bucket`; the job's userProject pays unless it is the bucket of the job itself. */
export function openInputStore(
  openStore: OpenStore,
  { userProject }: Pick<Job, 'userProject'>,
  { ownBucket, bucket }: { ownBucket: string; bucket: string },
): ObjectStore {
  const isOwn = bucket === ownBucket;
  return isOwn || userProject === undefined ? openStore(bucket) : openStore(bucket, { userProject });
}
