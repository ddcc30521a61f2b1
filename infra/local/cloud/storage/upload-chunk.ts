/** One request of a resumable upload: a chunk that goes on where the bytes so far end, or a question of how many there are. */

import type { IncomingMessage } from 'node:http';
import { ApiError, invalid } from './api-error.ts';
import { type ContentRange, parseContentRange, UNSTATED } from './byte-range.ts';
import type { Interrupt } from './interruption.ts';
import { bodyOf } from './request-body.ts';
import type { StorageContext } from './storage-context.ts';
import type { UploadSession } from './upload-sessions.ts';

/** Every chunk but the last is a multiple of this. */
const CHUNK_UNIT_BYTES = 256 * 1024;

/**
 * What arrives is kept, also when it breaks off. Throws an ApiError: 400 for a chunk that cannot be right, 503 for one
 * that leaves a gap.
 */
export async function takeChunk(
  { blobs }: StorageContext,
  { blobId }: UploadSession,
  request: IncomingMessage,
  interrupt: Interrupt,
) {
  const haveBytes = await blobs.sizeBytes(blobId);
  const { chunk, totalBytes } = contentRangeOf(request);
  if (totalBytes !== undefined && totalBytes < haveBytes) throw invalid('More bytes than that have arrived.');
  if (chunk === undefined) return { arrivedBytes: haveBytes, isComplete: totalBytes === haveBytes };
  if (chunk.startByte > haveBytes) {
    // Retried by clients, which ask first how much has arrived.
    throw new ApiError(
      503,
      'backendError',
      `The chunk starts at byte ${chunk.startByte}, but only ${haveBytes} bytes have arrived.`,
    );
  }
  const chunkBytes = chunk.endByteExclusive - chunk.startByte;
  const isOpen = chunk.endByteExclusive === UNSTATED;
  if (totalBytes === undefined && !isOpen && chunkBytes % CHUNK_UNIT_BYTES !== 0) {
    throw invalid(`Every chunk but the last must be a multiple of ${CHUNK_UNIT_BYTES} bytes.`);
  }
  const fresh = withinChunk(bodyOf(request), haveBytes - chunk.startByte, chunkBytes);
  const arrivedBytes = haveBytes + (await blobs.append(blobId, interrupt(fresh, haveBytes)));
  return { arrivedBytes, isComplete: totalBytes === undefined ? isOpen : arrivedBytes === totalBytes };
}

/** Without a Content-Range header the body is the whole object. */
function contentRangeOf(request: IncomingMessage): ContentRange {
  const header = request.headers['content-range'];
  if (header !== undefined) return parseContentRange(header);
  return { chunk: { startByte: 0, endByteExclusive: UNSTATED }, totalBytes: undefined };
}

/** The chunk without its first `skipBytes`, which arrived before. Throws an ApiError (400) beyond `limitBytes`. */
async function* withinChunk(source: AsyncIterable<Buffer>, skipBytes: number, limitBytes: number) {
  let seenBytes = 0;
  for await (const bytes of source) {
    const skipHere = Math.min(bytes.length, Math.max(0, skipBytes - seenBytes));
    seenBytes += bytes.length;
    if (seenBytes > limitBytes) throw invalid('The body is longer than its Content-Range.');
    if (skipHere < bytes.length) yield bytes.subarray(skipHere);
  }
}
