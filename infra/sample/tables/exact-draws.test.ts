import { expect, test } from 'vitest';
import fc from '../../../test/fixtures/properties.ts';
import { createSelector, createShares, createUrn, heavyTail } from './exact-draws.ts';

test('an urn gives each kind exactly as often as asked for, mixed, and then no more', () => {
  const counts = { a: 40, b: 3, none: 0 };
  const draw = createUrn(counts, 'seed');
  const drawn = Array.from({ length: 43 }, draw);
  expect(drawn.filter((kind) => kind === 'a')).toHaveLength(40);
  expect(drawn.filter((kind) => kind === 'b')).toHaveLength(3);
  expect(drawn.slice(0, 40)).toContain('b');
  expect(draw).toThrow(RangeError);
});

test('a selector says yes as often as asked for', () => {
  const isChosen = createSelector(7, 50, 'seed');
  expect(Array.from({ length: 50 }, isChosen).filter(Boolean)).toHaveLength(7);
});

test('shares add up, none is below the least, and weights of zero end well', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 0, max: 2 }),
      fc.constantFrom(
        heavyTail,
        () => 0,
        (uniform: number) => (uniform < 0.5 ? 0 : 1),
      ),
      (parts, extra, least, weigh) => {
        const next = createShares({ total: parts * least + extra, parts, least, weigh }, 'seed');
        const shares = Array.from({ length: parts }, next);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(parts * least + extra);
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(least);
      },
    ),
  );
  expect(() => createShares({ total: 2, parts: 3, least: 1, weigh: heavyTail })).toThrow(RangeError);
});
