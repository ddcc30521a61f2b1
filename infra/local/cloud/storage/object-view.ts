/** An object as a client is shown it: its resource, and what its bucket's settings add to that. */

import { isJsonObject } from './merge-patch.ts';
import { type ObjectResource, toObjectResource } from './object-resource.ts';
import type { StorageContext } from './storage-context.ts';
import type { StoredObject } from './stored-object.ts';

/** The time until which a retention policy would keep the object is shown; nothing keeps it. */
export interface ObjectView extends ObjectResource {
  readonly retentionExpirationTime?: string;
}

export function viewObject(context: StorageContext, object: StoredObject): ObjectView {
  return createObjectView(context, object.bucket)(object);
}

/** For many objects of one bucket. */
export function createObjectView(
  { buckets, origin }: StorageContext,
  bucket: string,
): (object: StoredObject) => ObjectView {
  const policy = buckets.get(bucket)?.settings['retentionPolicy'];
  if (!isJsonObject(policy)) return (object) => toObjectResource(object, origin());
  const periodMs = Number(policy['retentionPeriod']) * 1000;
  return (object) => {
    const expires = new Date(object.createdMs + periodMs);
    return {
      ...toObjectResource(object, origin()),
      ...(Number.isFinite(expires.getTime()) && { retentionExpirationTime: expires.toISOString() }),
    };
  };
}
