/** The last step of every upload: bytes that have arrived become the live object, or are deleted. */

import type { Blob } from './blobs.ts';
import { checkAnnounced, metadataOf, type UploadRequest } from './object-metadata.ts';
import { checkBeforeWrite, type Preconditions } from './preconditions.ts';
import { requireBucket, type StorageContext } from './storage-context.ts';
import type { StoredObject } from './stored-object.ts';

export interface Upload {
  readonly bucket: string;
  readonly name: string;
  readonly request: UploadRequest;
  readonly conditions: Preconditions;
}

/**
 * @param alsoCommit runs in the transaction that makes the object live.
 * Throws an ApiError: 400 for checksums that differ from those announced, 412 for a precondition, 404 for the bucket.
 */
export async function finalizeUpload(
  context: StorageContext,
  { bucket, name, request, conditions }: Upload,
  blob: Blob,
  alsoCommit?: (object: StoredObject) => void,
): Promise<StoredObject> {
  const { objects, blobs } = context;
  const { id: blobId, sizeBytes, crc32c, md5 } = blob;
  try {
    checkAnnounced(request, blob);
    const { object, orphans } = objects.put(() => {
      requireBucket(context, bucket);
      checkBeforeWrite(objects.get(bucket, name), conditions);
      const metadata = metadataOf(request);
      return {
        object: { bucket, name, sizeBytes, crc32c, md5, componentCount: undefined, metadata },
        segments: [{ blobId, sizeBytes }],
      };
    }, alsoCommit);
    await blobs.remove(orphans);
    return object;
  } catch (error) {
    if (!objects.refersTo(blobId)) await blobs.remove([blobId]);
    throw error;
  }
}
