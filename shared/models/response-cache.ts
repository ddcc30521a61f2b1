/** Answers to identical requests, in memory and bounded by count, bytes and age. Keys are hashes; nothing is logged. */

import type { ModelCard } from './model-card.ts';

export interface ResponseCache {
  /** Undefined where there is none, or it is too old. */
  get(key: string): string | undefined;
  /** The least recently used go when one of the bounds is reached; an answer above the bytes is not kept. */
  set(key: string, answer: string): void;
}

interface Entry {
  readonly answer: string;
  readonly bytes: number;
  readonly expiresAtMs: number;
}

export function createResponseCache(
  limits: NonNullable<ModelCard['cache']>,
  nowMs: () => number = Date.now,
): ResponseCache {
  const entries = new Map<string, Entry>();
  let usedBytes = 0;
  const remove = (key: string): void => {
    usedBytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      remove(key);
      if (entry.expiresAtMs <= nowMs()) return undefined;
      entries.set(key, entry);
      usedBytes += entry.bytes;
      return entry.answer;
    },
    set(key, answer) {
      remove(key);
      // A string takes at most two bytes a character.
      const bytes = (key.length + answer.length) * 2;
      if (bytes > limits.bytes) return;
      entries.set(key, { answer, bytes, expiresAtMs: nowMs() + limits.maxAgeSeconds * 1000 });
      usedBytes += bytes;
      for (const oldest of entries.keys()) {
        if (entries.size <= limits.entries && usedBytes <= limits.bytes) break;
        remove(oldest);
      }
    },
  };
}

/** Of everything that the answer depends on; from it the request cannot be read back. */
export async function cacheKey(parts: readonly string[], values: Float32Array<ArrayBuffer>): Promise<string> {
  const head = new TextEncoder().encode(JSON.stringify(parts));
  const all = new Uint8Array(head.byteLength + values.byteLength);
  all.set(head);
  all.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), head.byteLength);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
