/** Answers to identical requests, in memory and bounded by count, bytes and age. Keys are hashes; nothing is logged. */

import { createBoundedCache } from '../budget/bounded-cache.ts';
import type { ModelCard } from './model-card.ts';

export interface ResponseCache {
  /** Undefined where there is none, or it is too old. */
  get(key: string): string | undefined;
  /** The least recently used go when one of the bounds is reached; an answer above the bytes is not kept. */
  set(key: string, answer: string): void;
  /** Under pressure: drops the too old and the least recently used; the bytes freed. */
  shrinkTo(bytes: number): number;
}

export function createResponseCache(
  limits: NonNullable<ModelCard['cache']>,
  nowMs: () => number = Date.now,
): ResponseCache {
  const { bytes, entries, maxAgeSeconds } = limits;
  const cache = createBoundedCache<string>({ bytes, entries, maxAgeMs: maxAgeSeconds * 1000 }, nowMs);
  return {
    get: (key) => cache.get(key),
    // A string takes at most two bytes a character.
    set: (key, answer) => cache.set(key, answer, (key.length + answer.length) * 2),
    shrinkTo: (keptBytes) => cache.shrinkTo(keptBytes),
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
