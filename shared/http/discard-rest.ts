/** Reads away what an answer left unread of its request, so that the connection can carry the next one. */

import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** As much as Cloud Run lets a request hold. */
const DISCARD_LIMIT_BYTES = 32 * 1024 * 1024;
/** How long a refusal may be held back for a client that is slow to send what nobody wants. */
const DISCARD_LIMIT_MS = 2_000;

/**
 * Resolves true when the body has come to its end, false when it is too long or too slow: the connection must then be
 * closed. An answer sent before would have a proxy reuse the connection while the body is still under way on it.
 */
export async function discardRest(incoming: IncomingMessage, limitMs = DISCARD_LIMIT_MS): Promise<boolean> {
  if (incoming.complete && incoming.readableLength === 0) return true;
  if (incoming.destroyed) return incoming.complete;
  const done = new AbortController();
  let discardedBytes = 0;
  const ended = new Promise<boolean>((resolve) => {
    incoming.on('data', (chunk: Uint8Array) => {
      discardedBytes += chunk.byteLength;
      if (discardedBytes > DISCARD_LIMIT_BYTES) resolve(false);
    });
    incoming.once('end', () => resolve(true));
    incoming.once('close', () => resolve(incoming.complete));
    incoming.resume();
  });
  const late = delay(limitMs, false, { signal: done.signal }).catch(() => false);
  try {
    return await Promise.race([ended, late]);
  } finally {
    done.abort();
  }
}
