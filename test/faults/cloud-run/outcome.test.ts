import { expect, test } from 'vitest';
import type { Outcome } from '../schedules/scheduled-job.ts';
import { problemOf } from './outcome.ts';

const EXPECTED: Outcome = {
  outputs: { 'metadata.json': 'e30=', 'train-00000.tar': 'AAAA' },
  names: ['jobs/demo/job.json', 'jobs/demo/out/metadata.json', 'jobs/demo/out/train-00000.tar'],
  left: [],
  countsAddUp: true,
  enqueued: 0,
};

test('the same is no problem', () => {
  expect(problemOf(structuredClone(EXPECTED), EXPECTED)).toBeUndefined();
});

test.each<[string, Partial<Outcome>]>([
  ['other outputs: train-00000.tar', { outputs: { ...EXPECTED.outputs, 'train-00000.tar': 'AAAB' } }],
  ['other outputs: train-00000.tar', { outputs: { 'metadata.json': 'e30=' } }],
  ['other outputs: more', { outputs: { ...EXPECTED.outputs, more: '' } }],
  ['other objects: jobs/demo/job.json', { names: EXPECTED.names.slice(1) }],
  ['other objects: jobs/demo/more', { names: [...EXPECTED.names, 'jobs/demo/more'] }],
  ['left behind: jobs/demo/failed/plan.json', { left: ['jobs/demo/failed/plan.json'] }],
  ['1 tasks or events wait', { enqueued: 1 }],
  ['the counts do not add up', { countsAddUp: false }],
])('%s', (problem, change) => {
  expect(problemOf({ ...EXPECTED, ...change }, EXPECTED)).toBe(problem);
});
