import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { SPLITS, type Split, splitOf } from './split.ts';
import { StrataCounter, splitThresholdsSchema } from './strata.ts';

interface Line {
  readonly subject_id: string;
  readonly stratum?: string;
}

const usual = { train: 0.7, val: 0.15, test: 0.15 };

function plan(lines: readonly Line[], splits = usual) {
  const counter = new StrataCounter('seed');
  for (const line of lines) counter.add(line);
  const job = { seed: 'seed', splits, splitBy: 'subject' as const };
  return { job, records: lines.length, splitThresholds: counter.thresholds(splits) };
}

function countsOf(lines: readonly Line[], splits = usual) {
  const planned = plan(lines, splits);
  const counts = { train: 0, val: 0, test: 0 };
  for (const [position, line] of lines.entries()) {
    const split = splitOf(planned, position, line);
    if (split === undefined) throw new Error('no split');
    counts[split] += 1;
  }
  return counts;
}

const many = (stratum: string, subjects: number, recordsEach = 1): Line[] =>
  Array.from({ length: subjects * recordsEach }, (_, i) => ({
    subject_id: `${stratum}${i % subjects}`,
    stratum,
  }));

test('every stratum is shared out as the fractions say, a rare one too', () => {
  const lines = [...many('PA', 20_000), ...many('AP', 3000), ...many('LL', 300)];
  for (const stratum of ['PA', 'AP', 'LL']) {
    const own = lines.filter((line) => line.stratum === stratum);
    const planned = plan(lines);
    const counts: Record<Split, number> = { train: 0, val: 0, test: 0 };
    for (const line of own) counts[splitOf(planned, 0, line) ?? 'test'] += 1;
    // A bin of 20,000 subjects has 5 on average; of 300, hardly more than one.
    for (const split of SPLITS) expect(Math.abs(counts[split] - usual[split] * own.length)).toBeLessThan(12);
    if (stratum === 'LL')
      for (const split of SPLITS) expect(Math.abs(counts[split] - usual[split] * 300)).toBeLessThan(2);
  }
});

test('without strata the same 300 subjects come out further off', () => {
  const counts = { train: 0, val: 0, test: 0 };
  const job = { seed: 'seed', splits: usual, splitBy: 'subject' as const };
  for (const line of many('LL', 300)) counts[splitOf({ job, records: 300 }, 0, line) ?? 'test'] += 1;
  expect(Math.max(...SPLITS.map((split) => Math.abs(counts[split] - usual[split] * 300)))).toBeGreaterThan(2);
});

test('all records of a subject go to one split, and an empty split stays empty', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 5 })), { minLength: 1 }),
      fc.constantFrom(
        { train: 1, val: 0, test: 0 },
        { train: 0, val: 1, test: 0 },
        { train: 0, val: 0, test: 1 },
        { train: 0.5, val: 0, test: 0.5 },
        { train: 0.5, val: 0.5, test: 0 },
        usual,
      ),
      (subjects, splits) => {
        const lines = subjects.flatMap(([subject, records]) =>
          Array.from({ length: records }, () => ({ subject_id: `${subject}`, stratum: `s${subject % 3}` })),
        );
        const planned = plan(lines, splits);
        const seen = new Map<string, Split>();
        for (const line of lines) {
          const split = splitOf(planned, 0, line);
          if (split === undefined) throw new Error('no split');
          expect(splits[split]).toBeGreaterThan(0);
          expect(seen.get(line.subject_id) ?? split).toBe(split);
          seen.set(line.subject_id, split);
        }
      },
    ),
  );
});

test('after 256 strata the others are shared out as one, and that is on record', () => {
  const lines = Array.from({ length: 3000 }, (_, i) => ({ subject_id: `${i}`, stratum: `s${i % 1000}` }));
  const { splitThresholds } = plan(lines);
  expect(splitThresholds.strata).toHaveLength(256);
  expect(splitThresholds.lumped?.records).toBe(3000 - 3 * 256);
  const counts = countsOf(lines);
  expect(counts.train + counts.val + counts.test).toBe(3000);
  expect(splitThresholdsSchema.parse(JSON.parse(JSON.stringify(splitThresholds)))).toEqual(splitThresholds);
  expect(JSON.stringify(splitThresholds).length).toBeLessThan(64 * 1024);
});

test('a stratum that nobody counted gives no split, rather than some', () => {
  expect(splitOf(plan(many('PA', 10)), 0, { subject_id: '1', stratum: 'other' })).toBeUndefined();
});

test('lines without a stratum are a stratum of their own', () => {
  const lines = Array.from({ length: 2000 }, (_, i) => ({ subject_id: `${i}` }));
  const counts = countsOf(lines);
  for (const split of SPLITS) expect(Math.abs(counts[split] - usual[split] * 2000)).toBeLessThan(4);
});
