/** Counts by key, as for rate limits: each key's count ends after a while, and only so many keys are kept. */

export interface BoundedCounter {
  /** The key's count with this one; a key's time begins with its first. */
  add(key: string, by?: number): number;
  count(key: string): number;
  /** Each key with its count, the one that began first at the head. */
  entries(): [key: string, total: number][];
  readonly size: number;
  /** How many keys were dropped before their time for want of room: above 0, the counts are too low. */
  readonly droppedKeys: number;
}

export interface CounterBounds {
  readonly maxKeys: number;
  readonly windowMs: number;
}

interface Count {
  total: number;
  readonly endsAtMs: number;
}

export function createBoundedCounter(
  { maxKeys, windowMs }: CounterBounds,
  nowMs: () => number = Date.now,
): BoundedCounter {
  // All windows are equally long, so the order of insertion is that in which they end.
  const counts = new Map<string, Count>();
  let droppedKeys = 0;
  const dropEnded = (): void => {
    for (const [key, { endsAtMs }] of counts) {
      if (endsAtMs > nowMs()) return;
      counts.delete(key);
    }
  };
  const dropSoonestToEnd = (): void => {
    for (const key of counts.keys()) {
      if (counts.size <= maxKeys) return;
      counts.delete(key);
      droppedKeys++;
    }
  };
  return {
    add(key, by = 1) {
      dropEnded();
      const count = counts.get(key) ?? { total: 0, endsAtMs: nowMs() + windowMs };
      count.total += by;
      counts.set(key, count);
      dropSoonestToEnd();
      return count.total;
    },
    count(key) {
      dropEnded();
      return counts.get(key)?.total ?? 0;
    },
    entries() {
      dropEnded();
      return [...counts].map(([key, { total }]) => [key, total]);
    },
    get size() {
      return counts.size;
    },
    get droppedKeys() {
      return droppedKeys;
    },
  };
}
