/** One request at a time, a few waiting for a while, and the rest told to come back. */

import { RetryableError } from '../errors/retryable-error.ts';

const LEAST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 30_000;
/** Weight of the newest turn in the mean time that one takes. */
const TURN_WEIGHT = 0.1;

export interface WaitingRoomOptions {
  readonly places: number;
  /** Longer, and the answer would come when nobody waits for it any more. */
  readonly waitMs: number;
  readonly nowMs?: () => number;
}

export interface WaitingRoom {
  /** Throws a RetryableError ('overloaded') when there is no place to wait. */
  checkOpen(): void;
  /**
   * Rejects with a RetryableError ('overloaded') when there is no place to wait or its turn does not come in time, the
   * signal's reason when it aborts before its turn.
   *
   * @param waitedMs how long it has waited for something else, which counts
   */
  enter<T>(work: () => Promise<T>, signal?: AbortSignal, waitedMs?: number): Promise<T>;
}

export function createWaitingRoom({
  places,
  waitMs,
  nowMs = () => performance.now(),
}: WaitingRoomOptions): WaitingRoom {
  let inside = 0;
  let meanTurnMs = 0;
  let tail: Promise<unknown> = Promise.resolve();
  /** Half of the line has gone by then. Whoever comes back sooner sends a picture in vain. */
  const overloaded = (message: string): RetryableError => {
    const retryAfterMs = Math.min(MOST_RETRY_MS, Math.max(LEAST_RETRY_MS, (meanTurnMs * inside) / 2));
    return new RetryableError('overloaded', message, { retryAfterMs: Math.ceil(retryAfterMs) });
  };
  const endTurn = (begunAtMs: number): void => {
    meanTurnMs += TURN_WEIGHT * (nowMs() - begunAtMs - meanTurnMs);
    inside -= 1;
  };
  return {
    checkOpen() {
      if (inside > places) throw overloaded(`${places} image requests are waiting already`);
    },
    enter<T>(work: () => Promise<T>, signal?: AbortSignal, waitedMs = 0): Promise<T> {
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      if (inside > places) return Promise.reject(overloaded(`${places} image requests are waiting already`));
      inside += 1;
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      let isWaiting = true;
      const stopWaiting = (): void => {
        isWaiting = false;
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const leave = (reason: unknown): void => {
        stopWaiting();
        inside -= 1;
        reject(reason);
      };
      const onAbort = (): void => leave(signal?.reason);
      const tooLate = (): void => leave(overloaded(`its turn did not come within ${waitMs} ms`));
      const timer = setTimeout(tooLate, Math.max(0, waitMs - waitedMs));
      signal?.addEventListener('abort', onAbort, { once: true });
      tail = tail.then(async () => {
        if (!isWaiting) return;
        stopWaiting();
        const begunAtMs = nowMs();
        await work()
          .finally(() => endTurn(begunAtMs))
          .then(resolve, reject);
      });
      return promise;
    },
  };
}
