/** A bucket as Cloud Storage's JSON API shows it. */

import { notImplemented } from './api-error.ts';
import type { BucketSettings, StoredBucket } from './bucket-table.ts';
import { isJsonObject } from './merge-patch.ts';

/** What nobody sets, and what is asked for in other ways. */
const READ_ONLY = new Set([
  'acl',
  'defaultObjectAcl',
  'etag',
  'id',
  'kind',
  'metageneration',
  'name',
  'owner',
  'projectNumber',
  'selfLink',
  'timeCreated',
  'updated',
]);

/** The settings that a user gave, without what is not theirs. Throws an ApiError (501) for object versions. */
export function writableSettings(resource: BucketSettings): BucketSettings {
  const { versioning } = resource;
  if (isJsonObject(versioning) && versioning['enabled'] === true) throw notImplemented('object versioning');
  return Object.fromEntries(Object.entries(resource).filter(([key]) => !READ_ONLY.has(key)));
}

export function toBucketResource(bucket: StoredBucket, origin: string) {
  const { name, createdMs, updatedMs, metageneration, settings } = bucket;
  return {
    kind: 'storage#bucket',
    id: name,
    selfLink: `${origin}/storage/v1/b/${name}`,
    name,
    projectNumber: '0',
    metageneration: String(metageneration),
    location: 'US',
    locationType: 'multi-region',
    storageClass: 'STANDARD',
    ...settings,
    ...retentionOf(bucket),
    etag: Buffer.from(`${createdMs}/${metageneration}`).toString('base64'),
    timeCreated: new Date(createdMs).toISOString(),
    updated: new Date(updatedMs).toISOString(),
  };
}

/** Shown with what Cloud Storage adds to it. It is not enforced. */
function retentionOf({ settings, updatedMs }: StoredBucket) {
  const { retentionPolicy } = settings;
  if (!isJsonObject(retentionPolicy)) return {};
  return { retentionPolicy: { effectiveTime: new Date(updatedMs).toISOString(), ...retentionPolicy } };
}
