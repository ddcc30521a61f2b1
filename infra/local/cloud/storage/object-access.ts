/** Finds the object of a request to read it, or takes it away: by name, generation and preconditions. */

import { noSuchObject } from './api-error.ts';
import { checkNotHeld } from './object-hold.ts';
import { checkBeforeRead, checkBeforeWrite, readLong, readPreconditions } from './preconditions.ts';
import { requireBucket, requireObject, type StorageContext } from './storage-context.ts';
import type { StoredObject } from './stored-object.ts';

/** The object that the query asks for. Throws an ApiError: 404, and 412 or 304 for a precondition. */
export function readableObject(
  context: StorageContext,
  bucket: string,
  name: string,
  query: URLSearchParams,
  conditions = readPreconditions(query),
): StoredObject {
  const object = requireObject(context, bucket, name, readLong(query, 'generation'));
  checkBeforeRead(object, conditions);
  return object;
}

/** Throws an ApiError: 404, 412 for a precondition, 403 for a hold. */
export async function removeObject(
  context: StorageContext,
  bucket: string,
  name: string,
  query: URLSearchParams,
  conditions = readPreconditions(query),
): Promise<void> {
  requireBucket(context, bucket);
  const generation = readLong(query, 'generation');
  const orphans = context.objects.delete(bucket, name, (live) => {
    if (live === undefined || (generation !== undefined && generation !== live.generation)) {
      throw noSuchObject(bucket, name);
    }
    checkBeforeWrite(live, conditions);
    checkNotHeld(live);
  });
  await context.blobs.remove(orphans);
}
