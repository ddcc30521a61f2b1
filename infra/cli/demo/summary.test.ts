import { expect, test } from 'vitest';
import { type JobResult, memoryOf, shortfalls } from './summary.ts';

const JOB: JobResult = {
  id: 'demo-0001',
  records: 3,
  failed: 0,
  seconds: 1,
  splits: { train: 1, val: 1, test: 1 },
  outputs: [],
};
const ran = (name: string, peakMiB = 100) => ({
  function: name,
  limitMiB: 256,
  peakMiB,
  coldStartMs: peakMiB === 0 ? undefined : 99.6,
});

function shortfallsOf(unneeded: readonly string[], stats: readonly ReturnType<typeof ran>[]): string[] {
  return shortfalls({ predictions: [], job: JOB, memory: memoryOf(stats, new Set(unneeded)) });
}

test('a job that an earlier start planned needs no plan; one that was planned in this start does', () => {
  const stats = [ran('plan', 0), ran('shard'), ran('combine')];
  expect(shortfallsOf(['plan'], stats)).toEqual([]);
  expect(shortfallsOf([], stats)).toEqual(['plan was never started']);
  expect(shortfallsOf(['plan'], [ran('plan', 0), ran('shard', 0)])).toEqual(['shard was never started']);
});

test('what was not needed and ran all the same is told of, and held to its limit', () => {
  expect(memoryOf([ran('plan'), ran('join', 0)], new Set(['plan', 'join']))).toEqual([
    { function: 'plan', limitMiB: 256, peakMiB: 100, coldStartMs: 100 },
  ]);
  expect(shortfallsOf(['plan'], [ran('plan', 300)])).toEqual([
    'plan peaked at 300 MiB, over its limit of 256 MiB',
  ]);
});

test('what was needed and never ran has no figures', () => {
  expect(memoryOf([ran('shard', 0)], new Set())).toEqual([
    { function: 'shard', limitMiB: 256, peakMiB: null, coldStartMs: null },
  ]);
});
