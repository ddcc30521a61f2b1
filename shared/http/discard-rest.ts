/** Reads away what an answer left unread of its request, so that the connection can carry the answer and the next request. */

import type { IncomingMessage } from 'node:http';

/** As much as Cloud Run lets a request hold (HTTP/1). */
export const REQUEST_LIMIT_BYTES = 32 * 1024 * 1024;
/** A refusal is held back no longer than this after the last bytes of what nobody wants, and never for longer than that. */
const QUIET_LIMIT_MS = 2_000;
const DISCARD_LIMIT_MS = 20_000;

/**
 * Resolves true when the body has come to its end, false when it is too long or too slow: the connection must then be
 * closed. An answer sent before would have a proxy reuse the connection while the body is still under way on it.
 *
 * @param body the request's stream, where a handler has begun to read it
 */
export async function discardRest(
  incoming: IncomingMessage,
  body: ReadableStream<Uint8Array> | undefined,
  { quietMs = QUIET_LIMIT_MS, limitMs = DISCARD_LIMIT_MS, limitBytes = REQUEST_LIMIT_BYTES } = {},
): Promise<boolean> {
  if (incoming.complete && incoming.readableLength === 0) return true;
  if (incoming.destroyed || body?.locked === true) return incoming.complete;
  const late = Promise.withResolvers<false>();
  const giveUp = () => late.resolve(false);
  const quiet = setTimeout(giveUp, quietMs);
  const limit = setTimeout(giveUp, limitMs);
  try {
    // Left early, neither is destroyed: that would cut the connection on which the answer has to go out.
    const chunks = body?.values({ preventCancel: true }) ?? incoming.iterator({ destroyOnReturn: false });
    return await Promise.race([drained(chunks, limitBytes, () => quiet.refresh()), late.promise]);
  } catch {
    // The client has gone.
    return false;
  } finally {
    clearTimeout(quiet);
    clearTimeout(limit);
  }
}

async function drained(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
  onChunk: () => void,
): Promise<boolean> {
  let discardedBytes = 0;
  for await (const { byteLength } of chunks) {
    onChunk();
    discardedBytes += byteLength;
    if (discardedBytes > limitBytes) return false;
  }
  return true;
}
