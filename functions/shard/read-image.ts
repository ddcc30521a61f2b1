/** Reads the compressed image of one record, whole: sharp would collect a stream, and then copy it, all the same. */

import { RetryableError } from '../../shared/errors/retryable-error.ts';
import type { ObjectLocation } from '../../shared/pipeline/object-location.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';
import { RecordFailure } from './record-failure.ts';

/** One of these fits into the box beside everything else. */
const IMAGE_LIMIT_BYTES = 64 * 1024 * 1024;
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

/** Throws a RecordFailure when there is no image or it is too large. */
export async function readImage(
  openStore: OpenStore,
  { location, source, turn }: ImageRequest,
): Promise<CompressedImage> {
  const store = openStore(location.bucket);
  const info = await store.stat(location.name);
  if (info === undefined) throw new RecordFailure('image-missing', 'the image does not exist', source);
  if (info.sizeBytes > IMAGE_LIMIT_BYTES) {
    const message = `the image has ${info.sizeBytes} bytes, ${IMAGE_LIMIT_BYTES} are allowed`;
    throw new RecordFailure('image-too-large', message, source);
  }
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
