/** A request's body that comes at a bearable speed: whoever sends it holds memory, or a turn, that others wait for. */

import { HttpProblem } from './problem.ts';

/** A body may begin slowly. */
const GRACE_MS = 10_000;
/** From then on, on average: a slow mobile line. */
const LEAST_BYTES_PER_MS = 64;

/**
 * The chunks of `body`. Throws HttpProblem 408 ('body-slow'). Left early, the stream is not cancelled: that would cut the
 * connection on which the answer has to go out.
 */
export async function* timelyBody(
  body: ReadableStream<Uint8Array> | null,
  graceMs = GRACE_MS,
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  const late = Promise.withResolvers<never>();
  // Most bodies end before anyone waits for it.
  late.promise.catch(() => {});
  const sinceMs = Date.now();
  let sizeBytes = 0;
  const timer = setInterval(() => {
    const forMs = Date.now() - sinceMs;
    if (forMs > graceMs && sizeBytes < (forMs - graceMs) * LEAST_BYTES_PER_MS) late.reject(tooSlow());
  }, graceMs / 4);
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return;
      sizeBytes += value.byteLength;
      yield value;
    }
  } finally {
    clearInterval(timer);
    reader.releaseLock();
  }
}

function tooSlow(): HttpProblem {
  return new HttpProblem(408, 'body-slow', 'Body too slow', {
    detail: `the body must come at ${LEAST_BYTES_PER_MS} KB/s after its first ${GRACE_MS / 1000} s`,
    headers: { connection: 'close' },
  });
}
