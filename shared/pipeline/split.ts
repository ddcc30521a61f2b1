/** Which split a record goes to: by subject (a patient is never in two), by position (exact sizes), or as given. */

import type { Job, SplitFractions } from './job.ts';
import { type SplitThresholds, splitInStratum } from './strata.ts';
import { drawOf, subjectDigest } from './subject-digest.ts';

export const SPLITS = ['train', 'val', 'test'] as const;
export type Split = (typeof SPLITS)[number];
export type SplitCounts = Readonly<Record<Split, number>>;

/** Of a plan, what decides. */
export interface SplitPlan {
  readonly job: Pick<Job, 'seed' | 'splits' | 'splitBy'>;
  readonly records: number;
  /** Of jobs that stratify. */
  readonly splitThresholds?: SplitThresholds | undefined;
}

export interface SplitLine {
  readonly subject_id: string | number;
  readonly split?: Split | undefined;
  readonly stratum?: string | undefined;
}

/** Undefined where the line has to say and does not. @param position in the output, from 0. */
export function splitOf(plan: SplitPlan, position: number, line: SplitLine): Split | undefined {
  const { job, records, splitThresholds } = plan;
  if (job.splitBy === 'given') return line.split;
  if (job.splitBy === 'record') return splitOfPosition(exactCounts(job.splits, records), position);
  if (splitThresholds !== undefined) return splitInStratum(splitThresholds, job.seed, line);
  return splitOfSubject(job.seed, job.splits, String(line.subject_id));
}

/**
 * Depends on the seed and the subject alone, not on the other records: the same patient lands in the same split in
 * every job of the same seed and fractions. Sizes are exact only on average.
 */
export function splitOfSubject(seed: string, fractions: SplitFractions, subjectId: string): Split {
  const draw = drawOf(subjectDigest(seed, subjectId));
  let upTo = 0;
  for (const split of SPLITS) {
    upTo += fractions[split];
    if (draw < upTo) return split;
  }
  return lastUsed(fractions);
}

/** Positions are in shuffled order already, so the first ones are as good a sample as any. */
export function splitOfPosition(counts: SplitCounts, position: number): Split {
  if (position < counts.train) return 'train';
  return position < counts.train + counts.val ? 'val' : 'test';
}

/** Whole numbers in these fractions that add up to `total`: rounded down, the rest to the largest remainders. */
export function exactCounts(fractions: SplitFractions, total: number): SplitCounts {
  const whole = fractions.train + fractions.val + fractions.test;
  const shares = SPLITS.map((split) => ({ split, share: (fractions[split] / whole) * total }));
  const counts = { train: 0, val: 0, test: 0 };
  for (const { split, share } of shares) counts[split] = Math.floor(share);
  const rest = total - counts.train - counts.val - counts.test;
  // The sort is stable: equal remainders go to the earlier split.
  const byRemainder = shares.toSorted((a, b) => (b.share % 1) - (a.share % 1));
  for (const { split } of byRemainder.slice(0, rest)) counts[split] += 1;
  return counts;
}

/** The fractions may add up to a hair less than 1; what falls into the gap goes to the last split in use. */
function lastUsed(fractions: SplitFractions): Split {
  return SPLITS.findLast((split) => fractions[split] > 0) ?? 'test';
}
