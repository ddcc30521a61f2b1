import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { exactCounts, SPLITS, splitOf, splitOfPosition, splitOfSubject } from './split.ts';

const usual = { train: 0.7, val: 0.15, test: 0.15 };

/** Fractions as a user writes them: decimals that add up to 1. */
const fractions = fc
  .tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 1000 }))
  .map(([a, b]) => [Math.min(a, b), Math.abs(a - b)] as const)
  .map(([train, val]) => ({ train: train / 1000, val: val / 1000, test: (1000 - train - val) / 1000 }));

test('a subject stays in its split, whoever else is there', () => {
  fc.assert(
    fc.property(fractions, fc.string(), fc.string({ minLength: 1 }), (fraction, subject, seed) => {
      const split = splitOfSubject(seed, fraction, subject);
      expect(splitOfSubject(seed, fraction, subject)).toBe(split);
      expect(fraction[split]).toBeGreaterThan(0);
    }),
  );
});

test('subjects are spread in the given fractions', () => {
  const counts = { train: 0, val: 0, test: 0 };
  for (let subject = 0; subject < 20_000; subject++) counts[splitOfSubject('seed', usual, `${subject}`)] += 1;
  expect(counts.train / 20_000).toBeCloseTo(0.7, 1.5);
  expect(counts.val / 20_000).toBeCloseTo(0.15, 1.5);
  expect(counts.test / 20_000).toBeCloseTo(0.15, 1.5);
});

test('another seed spreads subjects in another way', () => {
  const subjects = Array.from({ length: 100 }, (_, i) => `${i}`);
  const splits = (seed: string) => subjects.map((subject) => splitOfSubject(seed, usual, subject));
  expect(splits('a')).not.toEqual(splits('b'));
});

test('a subject never changes its split between versions', () => {
  const splits = ['10000032', '10000764', '10000935', '10001217', '10001401', '10001884', '10002013'];
  expect(splits.map((subject) => splitOfSubject('pillbox', usual, subject))).toMatchInlineSnapshot(`
    [
      "train",
      "train",
      "val",
      "train",
      "train",
      "train",
      "train",
    ]
  `);
});

test('exact counts add up and are off by less than one', () => {
  fc.assert(
    fc.property(fractions, fc.integer({ min: 0, max: 2 ** 40 }), (fraction, total) => {
      const counts = exactCounts(fraction, total);
      expect(counts.train + counts.val + counts.test).toBe(total);
      for (const split of SPLITS)
        expect(Math.abs(counts[split] - fraction[split] * total)).toBeLessThan(1.001);
    }),
  );
});

test.each([
  { total: 10, expected: { train: 7, val: 2, test: 1 } },
  { total: 20, expected: { train: 14, val: 3, test: 3 } },
  { total: 1, expected: { train: 1, val: 0, test: 0 } },
  { total: 0, expected: { train: 0, val: 0, test: 0 } },
])('70/15/15 of $total', ({ total, expected }) => {
  expect(exactCounts(usual, total)).toEqual(expected);
});

test('by position, each split gets its exact count', () => {
  const counts = exactCounts(usual, 43);
  const seen = { train: 0, val: 0, test: 0 };
  for (let position = 0; position < 43; position++) seen[splitOfPosition(counts, position)] += 1;
  expect(seen).toEqual(counts);
});

test('what the job says decides: the subject, the position, or the line', () => {
  const job = { seed: 'pillbox', splits: usual };
  const line = { subject_id: 10_000_935, split: 'test' as const };
  expect(splitOf({ job: { ...job, splitBy: 'subject' }, records: 10 }, 0, line)).toBe('val');
  expect(splitOf({ job: { ...job, splitBy: 'record' }, records: 10 }, 0, line)).toBe('train');
  expect(splitOf({ job: { ...job, splitBy: 'record' }, records: 10 }, 9, line)).toBe('test');
  expect(splitOf({ job: { ...job, splitBy: 'given' }, records: 10 }, 0, line)).toBe('test');
  expect(splitOf({ job: { ...job, splitBy: 'given' }, records: 10 }, 0, { subject_id: 1 })).toBeUndefined();
});
