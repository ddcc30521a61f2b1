import { expect, test } from 'vitest';
import { SPLITS, splitOf } from '../../../shared/pipeline/split.ts';
import { StrataCounter } from '../../../shared/pipeline/strata.ts';
import { SplitCheck } from './check-split.ts';
import type { DatasetMetadata } from './dataset-metadata.ts';
import { Problems } from './problems.ts';

const splits = { train: 0.7, val: 0.15, test: 0.15 };
const options = { seed: 'seed', splitBy: 'subject' as const, splits };
/** One of the strata has ten times the subjects of the other. */
const lines = Array.from({ length: 440 }, (_, i) => ({ subject_id: i, stratum: i % 11 === 0 ? 'AP' : 'PA' }));

function stratified(strata: readonly { stratum: string }[] = lines, failed = 0) {
  const counter = new StrataCounter(options.seed);
  for (const [i, { stratum }] of strata.entries()) counter.add({ subject_id: i, stratum });
  const metadata = { options, records: lines.length, failed, strata: counter.thresholds(splits) };
  const problems = new Problems();
  // The rest of a metadata.json decides no split.
  return { metadata, problems, check: new SplitCheck(metadata as unknown as DatasetMetadata, problems) };
}

function checkAll(told: 'stratum' | 'nothing', moved = 0) {
  const { metadata, problems, check } = stratified();
  for (const [position, line] of lines.entries()) {
    const plan = { job: options, records: lines.length, splitThresholds: metadata.strata };
    const right = SPLITS.indexOf(splitOf(plan, position, line) ?? 'test');
    const split = SPLITS[(right + (position < moved ? 1 : 0)) % 3] ?? 'test';
    const stratum = told === 'stratum' ? line.stratum : undefined;
    check.take('x.tar', split, { position, subjectId: line.subject_id, stratum });
  }
  check.finish();
  return problems;
}

test('a record that names its stratum is in its split, or is found', () => {
  expect(checkAll('stratum').count).toBe(0);
  expect(checkAll('stratum', 100).count).toBe(100);
});

test('of a record that does not, a split that no stratum gives it is found', () => {
  expect(checkAll('nothing').count).toBe(0);
  const found = checkAll('nothing', 100);
  // Between the cuts of the two strata either split is possible.
  expect(found.count).toBeGreaterThan(90);
  expect(found.told[0]).toContain('is in a split that no stratum gives it');
});

test('with one stratum nothing is left open', () => {
  const { metadata, problems, check } = stratified(lines.map(() => ({ stratum: '' })));
  for (const [position, { subject_id }] of lines.entries()) {
    const plan = { job: options, records: lines.length, splitThresholds: metadata.strata };
    const right = splitOf(plan, position, { subject_id });
    for (const split of SPLITS) {
      const before = problems.count;
      check.take('x.tar', split, { position, subjectId: subject_id, stratum: undefined });
      expect(problems.count - before).toBe(split === right ? 0 : 1);
    }
  }
});

test('strata of other numbers of records than the data set are found', () => {
  const short = stratified(lines.slice(1));
  short.check.finish();
  expect(short.problems.told).toEqual([
    'metadata.json: says 439 records in its strata, but 440 records, 0 of them failed',
  ]);
  const unreadable = stratified(lines.slice(1), 1);
  unreadable.check.finish();
  expect(unreadable.problems.count).toBe(0);
  const { problems, check } = stratified();
  for (let i = 0; i < 41; i++) check.take('x', 'train', { position: i, subjectId: 5, stratum: 'AP' });
  const before = problems.count;
  check.finish();
  expect(problems.count - before).toBe(1);
  expect(problems.told.at(-1)).toMatch(/says 40 records of stratum 1, there are 41/);
});

test('a stratum that was never counted gives no split', () => {
  const { problems, check } = stratified();
  check.take('x.tar', 'train', { position: 3, subjectId: 3, stratum: 'LL' });
  expect(problems.told).toEqual(['x.tar: position 3 belongs to no split']);
});
