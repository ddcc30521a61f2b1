/** A request's body that comes at a bearable speed: whoever sends it holds memory that others wait for. */

import { HttpProblem } from './problem.ts';

/** A body may begin slowly. */
const START_MS = 3_000;
/** From then on, on average: a slow mobile line. */
const LEAST_BYTES_PER_MS = 64;
const TICK_MS = 250;

export interface Pace {
  readonly startMs?: number;
  readonly leastBytesPerMs?: number;
  /** How often the pace is looked at. */
  readonly tickMs?: number;
}

/**
 * The chunks of `body`. Throws HttpProblem 408 ('body-slow'). Only time in which the client is waited for counts against
 * it: not what the reader does with a chunk, nor a process that is held up itself. Left early, the stream is not
 * cancelled: that would cut the connection on which the answer has to go out.
 */
export async function* timelyBody(
  body: ReadableStream<Uint8Array> | null,
  { startMs = START_MS, leastBytesPerMs = LEAST_BYTES_PER_MS, tickMs = TICK_MS }: Pace = {},
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  const late = Promise.withResolvers<never>();
  // Most bodies end before anyone waits for it.
  late.promise.catch(() => {});
  let isAwaited = false;
  let awaitedMs = 0;
  let sizeBytes = 0;
  // Counted in ticks: one that comes late, because the process was held up, counts no more than any other.
  const timer = setInterval(() => {
    if (!isAwaited) return;
    awaitedMs += tickMs;
    if (awaitedMs > startMs && sizeBytes < (awaitedMs - startMs) * leastBytesPerMs)
      late.reject(tooSlow(startMs, leastBytesPerMs));
  }, tickMs);
  try {
    for (;;) {
      isAwaited = true;
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      isAwaited = false;
      if (done) return;
      sizeBytes += value.byteLength;
      yield value;
    }
  } finally {
    clearInterval(timer);
    reader.releaseLock();
  }
}

function tooSlow(startMs: number, leastBytesPerMs: number): HttpProblem {
  return new HttpProblem(408, 'body-slow', 'Body too slow', {
    detail: `the body must come at ${Math.ceil(leastBytesPerMs)} KB/s after its first ${startMs / 1000} s`,
    headers: { connection: 'close' },
  });
}
