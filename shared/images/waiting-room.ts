/** One request at a time, a few waiting with their bodies still unread, and the rest told to come back. */

import { RetryableError } from '../errors/retryable-error.ts';

const RETRY_AFTER_MS = 1000;

export interface WaitingRoom {
  /** Throws a RetryableError ('overloaded') when there is no room to wait. */
  enter<T>(work: () => Promise<T>): Promise<T>;
}

export function createWaitingRoom(places: number): WaitingRoom {
  let inside = 0;
  let tail: Promise<unknown> = Promise.resolve();
  return {
    enter(work) {
      if (inside > places) {
        return Promise.reject(
          new RetryableError('overloaded', `${places} image requests are waiting already`, {
            retryAfterMs: RETRY_AFTER_MS,
          }),
        );
      }
      inside += 1;
      const result = tail.then(work).finally(() => {
        inside -= 1;
      });
      tail = result.catch(() => undefined);
      return result;
    },
  };
}
