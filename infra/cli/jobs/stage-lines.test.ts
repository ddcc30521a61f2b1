import { expect, test } from 'vitest';
import type { Progress } from '../../../shared/pipeline/progress.ts';
import { stageLines } from './stage-lines.ts';
import { stageRows } from './stage-rows.ts';

const joining: Progress = {
  state: 'running',
  stage: 'join',
  join: { step: 'partition', tasksDone: 5, tasks: 40 },
  records: undefined,
  recordsDone: 0,
  shards: undefined,
  shardsDone: 0,
  tars: undefined,
  tarsDone: 0,
  failed: undefined,
  error: undefined,
};
const peaks = new Map([
  ['join', { peakMiB: 120.1, limitMiB: 256 }],
  ['shard', { peakMiB: 99, limitMiB: 256 }],
]);

test('a join comes first, and no stage that waits has a peak', () => {
  expect(stageLines(stageRows(joining), peaks)).toEqual([
    'join      12%  5 of 40 partitions        peak 121 of 256 MiB',
    'plan           waiting',
    'shard          waiting',
    'combine        waiting',
  ]);
});

test('a plan after a join counts; the largest numbers fit 80 columns', () => {
  const join = { step: 'done', tasksDone: 0, tasks: undefined } as const;
  const planning: Progress = { ...joining, state: 'planning', stage: 'plan', join };
  const [first, second] = stageLines(stageRows(planning), peaks);
  expect(first).toBe('join     done                            peak 121 of 256 MiB');
  expect(second).toBe('plan       0%  counting');
  const large: Progress = {
    ...planning,
    state: 'running',
    stage: 'shard',
    records: 107_949,
    recordsDone: 107_948,
  };
  const lines = stageLines(stageRows(large), new Map([['shard', { peakMiB: 9999, limitMiB: 9999 }]]), 80);
  expect(lines[2]).toContain(' 99%  107948 of 107949 records  peak 9999 of 9999 MiB');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
});

test('a stage in which the job ended is neither waiting nor done; there is none of no job', () => {
  const failed: Progress = { ...joining, state: 'failed', stage: 'shard', records: 10, recordsDone: 3 };
  expect(stageRows(failed).map(({ state }) => state)).toEqual(['done', 'done', 'ended', 'waiting']);
  expect(stageRows({ ...joining, state: 'waiting' })).toEqual([]);
});
