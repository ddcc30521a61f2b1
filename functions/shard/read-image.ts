/** Reads the compressed image of one record, whole: sharp would collect a stream, and then copy it, all the same. */

import { RetryableError } from '../../shared/errors/retryable-error.ts';
import type { ObjectLocation } from '../../shared/pipeline/object-location.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError, StorageRefusedError } from '../../shared/storage/storage-errors.ts';
import { freeMemory } from './encode/free-memory.ts';
import { RecordFailure } from './record-failure.ts';

/** Beside everything else there is room for one of these and for two copies: libvips and sharp copy what a JPEG has of metadata. */
const IMAGE_LIMIT_BYTES = 24 * 1024 * 1024;
/** Only images up to this size are read while another is worked on; an X-ray as JPEG has 2 MB. */
const READ_AHEAD_LIMIT_BYTES = 8 * 1024 * 1024;

/** Larger buffers are not kept: most images have 2 MB. */
const SPARE_LIMIT_BYTES = 4 * 1024 * 1024;

/** The buffer of an image that is done with: fresh memory for each costs as much as filling it. */
let spare: Uint8Array<ArrayBuffer> | undefined;

function takeSpare(sizeBytes: number): Uint8Array<ArrayBuffer> | undefined {
  // What has no bytes is only there until the size is known, and must leave it to what comes then.
  if (spare === undefined || sizeBytes === 0 || spare.byteLength < sizeBytes) return undefined;
  const taken = spare.subarray(0, sizeBytes);
  spare = undefined;
  return taken;
}

/** The bytes of an image, in memory that belongs to nobody else until it is freed. */
export class CompressedImage {
  #bytes: Uint8Array<ArrayBuffer>;

  constructor(sizeBytes: number) {
    this.#bytes = takeSpare(sizeBytes) ?? new Uint8Array(sizeBytes);
  }

  /** Empty once it is freed. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Gives the memory back at once: garbage collection may come only after several more images. */
  free(): void {
    const { buffer } = this.#bytes;
    this.#bytes = new Uint8Array(0);
    if (buffer.byteLength > SPARE_LIMIT_BYTES) buffer.transfer(0);
    else if (buffer.byteLength > (spare?.byteLength ?? 0)) spare = new Uint8Array(buffer);
  }
}

export interface ImageRequest {
  readonly location: ObjectLocation;
  /** The image as the manifest names it, for the failure. */
  readonly source: string;
  /** Settles when the image before this one is done with. */
  readonly turn: Promise<void>;
}

/** One request an image. Throws a RecordFailure ('image-missing', 'image-refused', 'image-too-large'), and a RetryableError. */
export async function readImage(
  openInput: OpenStore,
  { location, source, turn }: ImageRequest,
): Promise<CompressedImage> {
  let image = new CompressedImage(0);
  let filled = 0;
  // Once the size is known, the bytes go where they stay, and no second copy is made.
  const onSize = async (sizeBytes: number): Promise<void> => {
    checkSize(sizeBytes, source);
    if (sizeBytes > READ_AHEAD_LIMIT_BYTES) await turn;
    image = new CompressedImage(sizeBytes);
  };
  try {
    for await (const chunk of openInput(location.bucket).read(location.name, { onSize })) {
      if (filled + chunk.byteLength > image.bytes.byteLength) throw notAsAnnounced();
      image.bytes.set(chunk, filled);
      filled += chunk.byteLength;
      freeMemory(chunk);
    }
    if (filled < image.bytes.byteLength) throw notAsAnnounced();
    return image;
  } catch (error) {
    image.free();
    throw toFailure(error, source);
  }
}

function checkSize(sizeBytes: number, source: string): void {
  if (sizeBytes <= IMAGE_LIMIT_BYTES) return;
  const message = `the image has ${sizeBytes} bytes, ${IMAGE_LIMIT_BYTES} are allowed`;
  throw new RecordFailure('image-too-large', message, source);
}

function toFailure(error: unknown, source: string): unknown {
  if (error instanceof ObjectNotFoundError) {
    return new RecordFailure('image-missing', 'the image does not exist', source);
  }
  if (!(error instanceof StorageRefusedError)) return error;
  const message = `the box may not read the image (${error.status})`;
  return new RecordFailure('image-refused', message, source, { cause: error });
}

function notAsAnnounced(): RetryableError {
  return new RetryableError('storage-unavailable', 'an image had another size than was announced');
}
