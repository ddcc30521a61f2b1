/** Where what has come of two runs of a job does not agree. */

import type { Outcome } from '../schedules/scheduled-job.ts';

/** Undefined where all is as it should be. */
export function problemOf(outcome: Outcome, expected: Outcome): string | undefined {
  const outputs = new Set([...Object.keys(expected.outputs), ...Object.keys(outcome.outputs)]);
  const differing = [...outputs].filter((name) => outcome.outputs[name] !== expected.outputs[name]);
  const foreign = [...new Set(outcome.names).symmetricDifference(new Set(expected.names))];
  const problems = [
    ...(differing.length > 0 ? [`other outputs: ${differing.join(', ')}`] : []),
    ...(foreign.length > 0 ? [`other objects: ${foreign.join(', ')}`] : []),
    ...(outcome.left.length > 0 ? [`left behind: ${outcome.left.join(', ')}`] : []),
    ...(outcome.enqueued > 0 ? [`${outcome.enqueued} tasks or events wait`] : []),
    ...(outcome.countsAddUp ? [] : ['the counts do not add up']),
  ];
  return problems.length > 0 ? problems.join('; ') : undefined;
}
