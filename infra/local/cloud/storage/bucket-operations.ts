/** Make, show and list buckets. */

import * as z from 'zod';
import { ApiError, noSuchBucket } from './api-error.ts';
import type { StoredBucket } from './bucket-table.ts';
import { checkBucketName } from './names.ts';
import { parseJson } from './object-metadata.ts';
import type { StorageContext } from './storage-context.ts';

const bodySchema = z.object({ name: z.string() });

/** Throws an ApiError: 409 for a bucket that exists, 400 for a wrong name. */
export function createBucket({ buckets, origin }: StorageContext, body: string) {
  const name = checkBucketName(parseJson(bodySchema, body).name);
  if (!buckets.create(name)) throw new ApiError(409, 'conflict', 'The bucket exists already.');
  return showBucket(buckets.get(name), origin());
}

/** Throws an ApiError (404). */
export function getBucket({ buckets, origin }: StorageContext, name: string) {
  return showBucket(buckets.get(name), origin());
}

export function listBuckets({ buckets, origin }: StorageContext) {
  return { kind: 'storage#buckets', items: buckets.all().map((bucket) => showBucket(bucket, origin())) };
}

function showBucket(bucket: StoredBucket | undefined, origin: string) {
  if (bucket === undefined) throw noSuchBucket();
  const { name, createdMs } = bucket;
  const time = new Date(createdMs).toISOString();
  return {
    kind: 'storage#bucket',
    id: name,
    selfLink: `${origin}/storage/v1/b/${name}`,
    name,
    projectNumber: '0',
    metageneration: '1',
    location: 'US',
    locationType: 'multi-region',
    storageClass: 'STANDARD',
    etag: 'CAE=',
    timeCreated: time,
    updated: time,
  };
}
