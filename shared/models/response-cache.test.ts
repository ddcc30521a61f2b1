import { expect, test } from 'vitest';
import { cacheKey, createResponseCache } from './response-cache.ts';

const LIMITS = { entries: 2, bytes: 100, maxAgeSeconds: 10 };

test('the least recently used goes first', () => {
  const cache = createResponseCache(LIMITS);
  cache.set('a', '1');
  cache.set('b', '2');
  expect(cache.get('a')).toBe('1');
  cache.set('c', '3');
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['1', undefined, '3']);
});

test('bytes are bounded: a large answer drives others out, one above the bound is not kept', () => {
  const cache = createResponseCache(LIMITS);
  cache.set('a', 'x'.repeat(20));
  cache.set('b', 'x'.repeat(40));
  expect([cache.get('a'), cache.get('b')?.length]).toEqual([undefined, 40]);
  cache.set('c', 'x'.repeat(50));
  expect([cache.get('b')?.length, cache.get('c')]).toEqual([40, undefined]);
});

test('replacing an answer frees what the old one took', () => {
  const cache = createResponseCache(LIMITS);
  for (let round = 0; round < 50; round++) cache.set('a', 'x'.repeat(20));
  cache.set('b', 'x'.repeat(20));
  expect([cache.get('a')?.length, cache.get('b')?.length]).toEqual([20, 20]);
});

test('an old answer is gone', () => {
  let nowMs = 0;
  const cache = createResponseCache(LIMITS, () => nowMs);
  cache.set('a', '1');
  nowMs = 9_999;
  expect(cache.get('a')).toBe('1');
  nowMs = 10_000;
  expect(cache.get('a')).toBeUndefined();
});

test('a key is a hash of all that the answer depends on', async () => {
  const keys = await Promise.all([
    cacheKey(['a', 'b'], Float32Array.of(1, Number.NaN)),
    cacheKey(['a', 'b'], Float32Array.of(1, Number.NaN)),
    cacheKey(['ab'], Float32Array.of(1, Number.NaN)),
    cacheKey(['a', 'b'], Float32Array.of(1, 0)),
  ]);
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(keys).size).toBe(3);
  expect(keys[1]).toBe(keys[0]);
});
