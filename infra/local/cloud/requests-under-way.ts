/** The requests that are being answered, so that a reset can wait for them rather than take their files from under them. */

import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface RequestsUnderWay {
  /** Counts the request until `answer` has settled. */
  during<Result>(request: IncomingMessage, answer: () => Promise<Result>): Promise<Result>;
  /**
   * Resolves when none is left. Those that have not ended within `limitMs` are cut, as a lost connection would cut them,
   * and have as long again to clean up.
   */
  ended(limitMs: number): Promise<void>;
}

export function openRequestsUnderWay(): RequestsUnderWay {
  const underWay = new Map<IncomingMessage, Promise<unknown>>();

  async function endWithin(limitMs: number): Promise<void> {
    const timer = new AbortController();
    const limit = delay(limitMs, undefined, { signal: timer.signal, ref: false }).catch(() => {});
    await Promise.race([Promise.allSettled(underWay.values()), limit]);
    timer.abort();
  }

  return {
    async during(request, answer) {
      const answered = answer();
      underWay.set(request, answered);
      try {
        return await answered;
      } finally {
        underWay.delete(request);
      }
    },
    async ended(limitMs) {
      await endWithin(limitMs);
      for (const request of underWay.keys()) request.socket.destroy();
      await endWithin(limitMs);
    },
  };
}
