import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { createPermutation, MAX_RECORDS } from './permutation.ts';

const seeds = fc.string({ minLength: 1, maxLength: 20 });

test('every index appears at exactly one position', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), seeds, (size, seed) => {
      const { indexAt } = createPermutation(size, seed);
      const seen = new Set(Array.from({ length: size }, (_, position) => indexAt(position)));
      expect(seen.size).toBe(size);
      expect(Math.max(...seen)).toBe(size - 1);
    }),
    { numRuns: 60 },
  );
});

test('positionOf undoes indexAt, up to the largest sizes', () => {
  const cases = fc
    .integer({ min: 1, max: MAX_RECORDS })
    .chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size - 1 }), seeds));
  fc.assert(
    fc.property(cases, ([size, position, seed]) => {
      const { indexAt, positionOf } = createPermutation(size, seed);
      const index = indexAt(position);
      expect(index).toBeGreaterThanOrEqual(0);
      expect(index).toBeLessThan(size);
      expect(positionOf(index)).toBe(position);
    }),
    { numRuns: 500 },
  );
});

test.each([2 ** 20, 2 ** 20 + 1, 2 ** 47 + 1, MAX_RECORDS - 1, MAX_RECORDS])(
  'the ends of %i are inside',
  (size) => {
    const { indexAt, positionOf } = createPermutation(size, 'ends');
    for (const position of [0, 1, size - 2, size - 1]) expect(positionOf(indexAt(position))).toBe(position);
  },
);

test('the order depends on the seed, and on nothing else', () => {
  const order = (seed: string) =>
    Array.from({ length: 100 }, (_, p) => createPermutation(100, seed).indexAt(p));
  expect(order('a')).toEqual(order('a'));
  expect(order('a')).not.toEqual(order('b'));
});

test('this order never changes: data sets that exist were made with it', () => {
  const { indexAt } = createPermutation(10, 'pillbox');
  expect(Array.from({ length: 10 }, (_, position) => indexAt(position))).toMatchInlineSnapshot(`
    [
      5,
      7,
      6,
      9,
      4,
      0,
      2,
      3,
      1,
      8,
    ]
  `);
});

test('over many seeds every index is about equally likely at every position', () => {
  const size = 7;
  const seedCount = 7000;
  const counts = Array.from({ length: size * size }, () => 0);
  for (let seed = 0; seed < seedCount; seed++) {
    const { indexAt } = createPermutation(size, `seed ${seed}`);
    for (let position = 0; position < size; position++) {
      const cell = position * size + indexAt(position);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  const expected = seedCount / size;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 36 degrees of freedom: above 68 once in a thousand.
  expect(chiSquare).toBeLessThan(68);
});

test('neighbours in the manifest do not stay together', () => {
  const size = 10_000;
  const { indexAt } = createPermutation(size, 'far apart');
  let distance = 0;
  for (let position = 1; position < size; position++)
    distance += Math.abs(indexAt(position) - indexAt(position - 1));
  // Two random numbers of [0, size) are size / 3 apart on average.
  expect(distance / size).toBeGreaterThan(0.32 * size);
  expect(distance / size).toBeLessThan(0.35 * size);
});

test('sizes and positions out of range are refused', () => {
  expect(() => createPermutation(0, 's')).toThrow(RangeError);
  expect(() => createPermutation(MAX_RECORDS + 1, 's')).toThrow(RangeError);
  expect(() => createPermutation(5, 's').indexAt(5)).toThrow(RangeError);
  expect(() => createPermutation(5, 's').positionOf(-1)).toThrow(RangeError);
});
