/** Reads away what an answer left unread of its request, so that the connection can carry the answer and the next request. */

import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** As much as Cloud Run lets a request hold. */
const DISCARD_LIMIT_BYTES = 32 * 1024 * 1024;
/** How long a refusal may be held back for a client that is slow to send what nobody wants. */
const DISCARD_LIMIT_MS = 2_000;

/**
 * Resolves true when the body has come to its end, false when it is too long or too slow: the connection must then be
 * closed. An answer sent before would have a proxy reuse the connection while the body is still under way on it.
 *
 * @param body the request's stream, where a handler has begun to read it
 */
export async function discardRest(
  incoming: IncomingMessage,
  body: ReadableStream<Uint8Array> | undefined,
  limitMs = DISCARD_LIMIT_MS,
): Promise<boolean> {
  if (incoming.complete && incoming.readableLength === 0) return true;
  if (incoming.destroyed || body?.locked === true) return incoming.complete;
  const done = new AbortController();
  const late = delay(limitMs, false, { signal: done.signal }).catch(() => false);
  try {
    return await Promise.race([drained(body?.values({ preventCancel: true }) ?? incoming), late]);
  } catch {
    // The client has gone.
    return false;
  } finally {
    done.abort();
  }
}

async function drained(chunks: AsyncIterable<Uint8Array>): Promise<boolean> {
  let discardedBytes = 0;
  for await (const { byteLength } of chunks) {
    discardedBytes += byteLength;
    if (discardedBytes > DISCARD_LIMIT_BYTES) return false;
  }
  return true;
}
