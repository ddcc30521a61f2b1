/** Patch and update: new metadata for the live object, as its next metageneration. */

import { noSuchObject } from './api-error.ts';
import { type JsonObject, mergePatch } from './merge-patch.ts';
import { metadataOf, type ObjectMetadata, parseJsonObject } from './object-metadata.ts';
import { checkBeforeWrite, readLong, readPreconditions } from './preconditions.ts';
import { requireBucket, type StorageContext } from './storage-context.ts';
import type { StoredObject } from './stored-object.ts';

/**
 * @param how `patch` merges the body into what is there, null taking keys away; `update` replaces all of it.
 * Throws an ApiError: 404, 412 for a precondition, 400 for a body that is no object resource.
 */
export function changeObjectMetadata(
  context: StorageContext,
  target: { readonly bucket: string; readonly name: string },
  query: URLSearchParams,
  body: string,
  how: 'patch' | 'update',
): StoredObject {
  const { bucket, name } = target;
  requireBucket(context, bucket);
  const conditions = readPreconditions(query);
  const generation = readLong(query, 'generation');
  const resource = parseJsonObject(body);
  return context.objects.change(bucket, name, (live) => {
    if (live === undefined || (generation !== undefined && generation !== live.generation)) {
      throw noSuchObject(bucket, name);
    }
    checkBeforeWrite(live, conditions);
    return { live, metadata: changed(live.metadata, how === 'patch' ? live.metadata : {}, resource) };
  });
}

/** The storage class stays: only a rewrite changes it. */
function changed(before: ObjectMetadata, base: ObjectMetadata, resource: JsonObject): ObjectMetadata {
  const { storageClass: _asked, ...metadata } = metadataOf(mergePatch(base, resource));
  return { ...metadata, ...(before.storageClass && { storageClass: before.storageClass }) };
}
