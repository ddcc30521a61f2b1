/** The last step of every upload: bytes that have arrived become the live object; those of an upload that failed go. */

import type { Blob } from './blobs.ts';
import { checkNotHeld } from './object-hold.ts';
import { checkAnnounced, metadataOf, type UploadRequest } from './object-metadata.ts';
import { checkBeforeWrite, type Preconditions } from './preconditions.ts';
import { requireBucket, type StorageContext } from './storage-context.ts';
import type { StoredObject } from './stored-object.ts';

export interface Upload {
  readonly bucket: string;
  readonly name: string;
  readonly request: UploadRequest;
  readonly conditions: Preconditions;
  /** Base64, where the upload came with a customer's key. */
  readonly customerKeySha256?: string | undefined;
}

/**
 * @param alsoCommit runs in the transaction that makes the object live. Who passes it has a session, and says itself what
 * becomes of the bytes of an upload that failed; without it they are deleted.
 * Throws an ApiError: 400 for checksums that differ from those announced, 412 for a precondition, 404 for the bucket.
 */
export async function finalizeUpload(
  context: StorageContext,
  { bucket, name, request, conditions, customerKeySha256 }: Upload,
  blob: Blob,
  alsoCommit?: (object: StoredObject) => void,
): Promise<StoredObject> {
  const { objects, blobs } = context;
  const { id: blobId, sizeBytes, crc32c, md5 } = blob;
  try {
    checkAnnounced(request, blob);
    const { object, orphans } = objects.put(() => {
      requireBucket(context, bucket);
      const live = objects.get(bucket, name);
      checkBeforeWrite(live, conditions);
      checkNotHeld(live);
      const metadata = metadataOf(request);
      return {
        object: {
          bucket,
          name,
          sizeBytes,
          crc32c,
          md5,
          componentCount: undefined,
          metadata,
          customerKeySha256,
        },
        segments: [{ blobId, sizeBytes }],
      };
    }, alsoCommit);
    await blobs.remove(orphans);
    return object;
  } catch (error) {
    if (alsoCommit === undefined && !objects.refersTo(blobId)) await blobs.remove([blobId]);
    throw error;
  }
}
