/** A queue's rest after its target said 429 or 503: such an answer holds up the whole queue, not one task. */

const FIRST_REST_MS = 100;

/** Cloud Tasks thins the queue out where this one rests, so a rest is kept short. */
const MAX_REST_MS = 10_000;

export interface Congestion {
  /** 0 = dispatch on. */
  waitMs(nowMs: number): number;
  overloaded(answer: { dispatchMs: number; nowMs: number; retryAfterMs: number | undefined }): void;
  succeeded(): void;
}

export function createCongestion(): Congestion {
  let restUntilMs = 0;
  let strikes = 0;
  return {
    waitMs: (nowMs) => Math.max(0, restUntilMs - nowMs),
    overloaded({ dispatchMs, nowMs, retryAfterMs }) {
      // What was under way when the rest began tells nothing new.
      if (dispatchMs < restUntilMs) return;
      strikes += 1;
      const restMs = retryAfterMs ?? FIRST_REST_MS * 2 ** (strikes - 1);
      restUntilMs = nowMs + Math.min(MAX_REST_MS, Math.max(FIRST_REST_MS, restMs));
    },
    succeeded() {
      strikes = 0;
    },
  };
}
