/** Whether a server answers. A busy one is slow: that nothing is there is said by a refused connection alone. */

import { setTimeout as sleep } from 'node:timers/promises';

/** A machine with much other work makes a healthy server wait for seconds. */
export const PATIENCE_MS = 10_000;

const PAUSE_MS = 100;

/** The connection was there, and ended before the answer: who is starting or stopping does that. */
const CUT = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

export type Answer<Value> =
  | { readonly state: 'answered'; readonly value: Value }
  /** Nobody listens there. */
  | { readonly state: 'refused' }
  /** Somebody may listen, but did not answer in time. */
  | { readonly state: 'silent' }
  /** There is no such host, or what is spoken there is not HTTP. */
  | { readonly state: 'failed'; readonly cause: unknown };

/** @param read takes what is wanted of an answer, whatever its status; rejects only when the answer is cut. */
export async function awaitAnswer<Value>(
  url: string,
  read: (response: Response) => Promise<Value>,
  waitMs: number = PATIENCE_MS,
): Promise<Answer<Value>> {
  const signal = AbortSignal.timeout(waitMs);
  for (;;) {
    try {
      return { state: 'answered', value: await read(await fetch(url, { signal })) };
    } catch (error) {
      if (signal.aborted) return { state: 'silent' };
      const code = codeOf(error);
      if (code === 'ECONNREFUSED') return { state: 'refused' };
      if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return { state: 'silent' };
      if (!CUT.has(code)) return { state: 'failed', cause: error };
    }
    await sleep(PAUSE_MS);
  }
}

/** For `awaitAnswer`, when the answer itself does not matter. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel();
}

/** Of the failure below that of fetch; empty when there is none. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}
