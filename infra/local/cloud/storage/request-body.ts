/** The body of a request: as a stream whose failure leaves the connection able to answer, or as a short text. */

import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.ts';

/** JSON bodies here are metadata and lists of at most 32 sources. */
const MAX_JSON_BYTES = 1024 * 1024;

/** How much more of a refused upload is read so that the client sees the answer rather than a reset connection. */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

/** Unlike iterating the request itself, leaving this iterator early does not cut the connection. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) };
}

/** Throws an ApiError (413) for more than a MiB. */
export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of bodyOf(request)) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_JSON_BYTES) {
      throw new ApiError(413, 'uploadTooLarge', `The body exceeds ${MAX_JSON_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads and forgets what the client still sends, within a bound. Returns false where the client is gone. */
export async function drain(request: IncomingMessage): Promise<boolean> {
  let sizeBytes = 0;
  try {
    for await (const chunk of bodyOf(request)) {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_DRAINED_BYTES) break;
    }
  } catch {
    return false;
  }
  return request.complete || !request.destroyed;
}
