/** A token bucket: how soon the next dispatch is within a queue's rate. */

export interface TokenBucket {
  /** 0 = a token is there now. */
  waitMs(nowMs: number): number;
  /** Takes one token; only after `waitMs` was 0. */
  take(nowMs: number): void;
}

/** Full at first. @param ratePerSecond may be below 1. @param burst tokens it holds, at least 1. */
export function createTokenBucket(ratePerSecond: number, burst: number, nowMs: number): TokenBucket {
  const perMs = ratePerSecond / 1000;
  let tokens = burst;
  let filledMs = nowMs;

  function fill(atMs: number): void {
    tokens = Math.min(burst, tokens + Math.max(0, atMs - filledMs) * perMs);
    filledMs = atMs;
  }

  return {
    waitMs(atMs) {
      fill(atMs);
      return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / perMs);
    },
    take(atMs) {
      fill(atMs);
      tokens -= 1;
    },
  };
}
