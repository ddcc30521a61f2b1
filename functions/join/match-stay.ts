/** Which stay a study belongs to, by the rule that the job states. */

import type { JoinOptions } from '../../shared/pipeline/join-plan.ts';

export interface Visit {
  readonly id: number;
  /** Seconds since 1970; NaN where it is not known. */
  readonly intime: number;
  readonly outtime: number;
}

export type Rule = Pick<JoinOptions, 'rule' | 'windowHours'>;

/** Stays without an arrival belong to no study. By arrival; of those that arrive at once, the smallest id last. */
export function sortStays<Stay extends Visit>(stays: Iterable<Stay>): Stay[] {
  return [...stays]
    .filter(({ intime }) => !Number.isNaN(intime))
    .sort((a, b) => a.intime - b.intime || b.id - a.id);
}

/**
 * nearest: the stay whose arrival is nearest to `time` and at most the window away; of two as near, the one of the smaller
 * id. inside: a stay that `time` lies in, its ends included; of several the one of the latest arrival, then of the smaller id.
 *
 * @param stays as sortStays gives them.
 */
export function matchStay<Stay extends Visit>(
  stays: readonly Stay[],
  time: number,
  { rule, windowHours }: Rule,
): Stay | undefined {
  const after = firstAfter(stays, time);
  if (rule === 'inside') return lastInside(stays, after, time);
  const windowSeconds = windowHours * 3600;
  const earlier = stays[after - 1];
  const later = smallestOfFirst(stays, after);
  const candidates = [earlier, later].filter(
    (stay) => stay !== undefined && Math.abs(stay.intime - time) <= windowSeconds,
  ) as Stay[];
  const [best] = candidates.sort(
    (a, b) => Math.abs(a.intime - time) - Math.abs(b.intime - time) || a.id - b.id,
  );
  return best;
}

/** The place of the first stay that arrives after `time`. */
function firstAfter(stays: readonly Visit[], time: number): number {
  let [from, to] = [0, stays.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((stays[middle]?.intime ?? 0) <= time) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Of those that arrive at the same time as the one at `place`, the one of the smallest id: the last. */
function smallestOfFirst<Stay extends Visit>(stays: readonly Stay[], place: number): Stay | undefined {
  let found = stays[place];
  for (let i = place + 1; found !== undefined && stays[i]?.intime === found.intime; i++) found = stays[i];
  return found;
}

function lastInside<Stay extends Visit>(
  stays: readonly Stay[],
  after: number,
  time: number,
): Stay | undefined {
  for (let i = after - 1; i >= 0; i--) {
    const stay = stays[i];
    if (stay !== undefined && stay.outtime >= time) return stay;
  }
  return undefined;
}
