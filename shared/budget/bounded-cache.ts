/** A cache that cannot grow beyond its bytes, entries and age; the least recently used go first. */

export interface CacheBounds {
  readonly bytes: number;
  readonly entries: number;
  readonly maxAgeMs: number;
}

export interface BoundedCache<V> {
  /** Undefined where there is none, or it is too old. */
  get(key: string): V | undefined;
  /** `bytes` is what key and value take together; one above the bound is not kept, nor is what it would replace. */
  set(key: string, value: V, bytes: number): void;
  delete(key: string): void;
  /** Under pressure: drops the too old and then the least recently used until so many are left; the bytes freed. */
  shrinkTo(bytes: number): number;
  readonly usedBytes: number;
  readonly size: number;
}

interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
  readonly expiresAtMs: number;
}

export function createBoundedCache<V>(bounds: CacheBounds, nowMs: () => number = Date.now): BoundedCache<V> {
  const entries = new Map<string, Entry<V>>();
  let usedBytes = 0;
  const remove = (key: string): void => {
    usedBytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  const add = (key: string, entry: Entry<V>): void => {
    entries.set(key, entry);
    usedBytes += entry.bytes;
  };
  /** A Map keeps the order of insertion, and each use inserts anew. */
  const dropOldestUntil = (within: () => boolean): void => {
    for (const key of entries.keys()) {
      if (within()) return;
      remove(key);
    }
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      remove(key);
      if (entry.expiresAtMs <= nowMs()) return undefined;
      add(key, entry);
      return entry.value;
    },
    set(key, value, bytes) {
      remove(key);
      if (!(bytes >= 0 && bytes <= bounds.bytes)) return;
      add(key, { value, bytes, expiresAtMs: nowMs() + bounds.maxAgeMs });
      dropOldestUntil(() => entries.size <= bounds.entries && usedBytes <= bounds.bytes);
    },
    delete: remove,
    shrinkTo(bytes) {
      const beforeBytes = usedBytes;
      const now = nowMs();
      for (const [key, { expiresAtMs }] of entries) if (expiresAtMs <= now) remove(key);
      dropOldestUntil(() => usedBytes <= bytes);
      return beforeBytes - usedBytes;
    },
    get usedBytes() {
      return usedBytes;
    },
    get size() {
      return entries.size;
    },
  };
}
