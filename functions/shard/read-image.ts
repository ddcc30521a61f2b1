/** Reads the compressed image of one record, whole: sharp would collect a stream, and then copy it, all the same. */

import { RetryableError } from '../../shared/errors/retryable-error.ts';
import type { ObjectLocation } from '../../shared/pipeline/object-location.ts';
import type { ObjectInfo, ObjectStore, OpenStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError, StorageRefusedError } from '../../shared/storage/storage-errors.ts';
import { RecordFailure } from './record-failure.ts';

/** Beside everything else there is room for one of these and for two copies: libvips and sharp copy what a JPEG has of metadata. */
const IMAGE_LIMIT_BYTES = 24 * 1024 * 1024;
/** Only images up to this size are read while another is worked on; an X-ray as JPEG has 2 MB. */
const READ_AHEAD_LIMIT_BYTES = 8 * 1024 * 1024;

/** The bytes of an image, in memory that belongs to nobody else. */
export class CompressedImage {
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
  }

  /** Gives the memory back at once: garbage collection may come only after several more images. */
  free(): void {
    this.bytes.buffer.transfer(0);
  }
}

export interface ImageRequest {
  readonly location: ObjectLocation;
  /** The image as the manifest names it, for the failure. */
  readonly source: string;
  /** Settles when the image before this one is done with. */
  readonly turn: Promise<void>;
}

/** Throws a RecordFailure ('image-missing', 'image-refused', 'image-too-large'), and a RetryableError. */
export async function readImage(
  openStore: OpenStore,
  { location, source, turn }: ImageRequest,
): Promise<CompressedImage> {
  const store = openStore(location.bucket);
  const info = await findImage(store, location.name, source);
  if (info.sizeBytes > READ_AHEAD_LIMIT_BYTES) await turn;
  // The size is known, so the bytes go where they stay, and no second copy is made.
  const image = new CompressedImage(info.sizeBytes);
  let filled = 0;
  try {
    for await (const chunk of store.read(location.name, { generation: info.generation })) {
      image.bytes.set(chunk, filled);
      filled += chunk.byteLength;
    }
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    throw new RetryableError('storage-unavailable', 'an image was replaced while it was read', {
      cause: error,
    });
  }
  if (filled < info.sizeBytes) throw new RetryableError('storage-unavailable', 'an image ended early');
  return image;
}

/** Whoever may see an object's size may read its bytes too: what is refused is refused here. */
async function findImage(store: ObjectStore, name: string, source: string): Promise<ObjectInfo> {
  const info = await store.stat(name).catch((error: unknown) => {
    if (!(error instanceof StorageRefusedError)) throw error;
    const message = `the box may not read the image (${error.status})`;
    throw new RecordFailure('image-refused', message, source, { cause: error });
  });
  if (info === undefined) throw new RecordFailure('image-missing', 'the image does not exist', source);
  if (info.sizeBytes <= IMAGE_LIMIT_BYTES) return info;
  const message = `the image has ${info.sizeBytes} bytes, ${IMAGE_LIMIT_BYTES} are allowed`;
  throw new RecordFailure('image-too-large', message, source);
}
