import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { createBoundedCache } from './bounded-cache.ts';

const BOUNDS = { bytes: 100, entries: 4, maxAgeMs: 10 };

/** Small ones meet the bound of entries, large ones that of bytes. */
const anyBytes = fc.oneof(fc.nat(10), fc.integer({ min: -5, max: 120 }));

const anyStep = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), key: fc.nat(9), bytes: anyBytes }),
  fc.record({ kind: fc.constant('get' as const), key: fc.nat(9), bytes: fc.constant(0) }),
  fc.record({ kind: fc.constant('delete' as const), key: fc.nat(9), bytes: fc.constant(0) }),
  fc.record({ kind: fc.constant('shrink' as const), key: fc.constant(0), bytes: fc.nat(120) }),
  fc.record({ kind: fc.constant('later' as const), key: fc.constant(0), bytes: fc.nat(6) }),
);

test('whatever is done, the bounds hold, and what is found is what was set last and young enough', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 100 }), (steps) => {
      let nowMs = 0;
      const cache = createBoundedCache<number>(BOUNDS, () => nowMs);
      const set = new Map<string, { value: number; atMs: number }>();
      steps.forEach((step, value) => {
        const key = String(step.key);
        if (step.kind === 'later') nowMs += step.bytes;
        if (step.kind === 'delete') cache.delete(key);
        if (step.kind === 'shrink') {
          const before = cache.usedBytes;
          expect(cache.shrinkTo(step.bytes)).toBe(before - cache.usedBytes);
          expect(cache.usedBytes).toBeLessThanOrEqual(step.bytes);
        }
        if (step.kind === 'set') {
          cache.set(key, value, step.bytes);
          set.set(key, { value, atMs: nowMs });
        }
        const found = step.kind === 'get' ? cache.get(key) : undefined;
        if (found !== undefined) {
          expect(found).toBe(set.get(key)?.value);
          expect(nowMs - (set.get(key)?.atMs ?? Number.NaN)).toBeLessThan(BOUNDS.maxAgeMs);
        }
        expect(cache.usedBytes).toBeLessThanOrEqual(BOUNDS.bytes);
        expect(cache.usedBytes).toBeGreaterThanOrEqual(0);
        expect(cache.size).toBeLessThanOrEqual(BOUNDS.entries);
      });
      cache.shrinkTo(-1);
      expect([cache.usedBytes, cache.size]).toEqual([0, 0]);
    }),
  );
});

test('the most recently used stay', () => {
  const cache = createBoundedCache<string>(BOUNDS, () => 0);
  for (const key of ['a', 'b', 'c']) cache.set(key, key, 30);
  cache.get('a');
  expect(cache.shrinkTo(30)).toBe(60);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['a', undefined, undefined]);
});

test('under pressure the too old go before the least recently used', () => {
  let nowMs = 0;
  const cache = createBoundedCache<string>(BOUNDS, () => nowMs);
  cache.set('old', 'old', 30);
  nowMs = 5;
  cache.set('young', 'young', 30);
  cache.get('old');
  nowMs = 12;
  cache.shrinkTo(30);
  expect([cache.get('young'), cache.get('old')]).toEqual(['young', undefined]);
});

test('too many entries, however small: the least recently used goes', () => {
  const cache = createBoundedCache<string>(BOUNDS, () => 0);
  for (const key of ['a', 'b', 'c', 'd', 'e']) cache.set(key, key, 1);
  expect([cache.size, cache.get('a'), cache.get('b')]).toEqual([4, undefined, 'b']);
});
