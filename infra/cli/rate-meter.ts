/** Measures how fast a count grows, from readings at irregular times. */

export interface RateMeter {
  add(count: number, nowMs: number): void;
  /** Per second, from the first reading to the latest growth; 0 while nothing has grown. */
  perSecond(): number;
}

/** An average over the whole run: shards finish in bursts, and a shorter window would jump with them. */
export function createRateMeter(): RateMeter {
  let first: { count: number; ms: number } | undefined;
  let last = { count: 0, ms: 0 };
  return {
    add(count, nowMs) {
      first ??= { count, ms: nowMs };
      if (count !== last.count) last = { count, ms: nowMs };
    },
    perSecond() {
      if (first === undefined || last.count <= first.count || last.ms <= first.ms) return 0;
      return ((last.count - first.count) * 1000) / (last.ms - first.ms);
    },
  };
}
