/**
 * Stratified splits: planning counts the records of each stratum over the draws of their subjects, and cuts each
 * histogram so that every stratum is shared out in the wanted fractions. Still no subject is in two splits.
 */

import * as z from 'zod';
import type { SplitFractions } from './job.ts';
import { drawOf, subjectDigest } from './subject-digest.ts';

/** The draws of a stratum are told apart this finely: its splits are exact to a few thousandths of their size. */
const BINS = 4096;
/** 256 histograms are 4 MiB. What comes after the 256th stratum shares one more. */
const MAX_STRATA = 256;
const NO_STRATUM = '';

const count = z.int().min(0);
const bin = z.int().min(0).max(BINS);

const cutsSchema = z.strictObject({
  records: count,
  /** Draws below this many 4096ths are train. */
  trainUpTo: bin,
  /** Draws from there to below this are val, the rest test. */
  valUpTo: bin,
});

export const splitThresholdsSchema = z.strictObject({
  bins: z.literal(BINS),
  strata: z.array(cutsSchema.extend({ stratum: z.string() })).max(MAX_STRATA),
  /** All strata after the 256th of the manifest as one. */
  lumped: cutsSchema.optional(),
});

export type SplitThresholds = z.infer<typeof splitThresholdsSchema>;
type Cuts = z.infer<typeof cutsSchema>;

interface StratumLine {
  readonly subject_id: string | number;
  readonly stratum?: string | undefined;
}

export class StrataCounter {
  readonly #seed: string;
  readonly #histograms = new Map<string, Uint32Array>();
  #lumped: Uint32Array | undefined;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** Counts one record. Which strata are told apart depends on the order: the first 256. */
  add({ subject_id, stratum = NO_STRATUM }: StratumLine): void {
    const histogram = this.#histogramOf(stratum);
    const index = binOf(this.#seed, subject_id);
    histogram[index] = (histogram[index] ?? 0) + 1;
  }

  /** Where to cut, so that the counted records of each stratum come as near to the fractions as whole bins allow. */
  thresholds(fractions: SplitFractions): SplitThresholds {
    return {
      bins: BINS,
      strata: [...this.#histograms].map(([stratum, histogram]) => ({
        stratum,
        ...cut(histogram, fractions),
      })),
      ...(this.#lumped !== undefined && { lumped: cut(this.#lumped, fractions) }),
    };
  }

  #histogramOf(stratum: string): Uint32Array {
    const known = this.#histograms.get(stratum);
    if (known !== undefined) return known;
    if (this.#histograms.size === MAX_STRATA) {
      this.#lumped ??= new Uint32Array(BINS);
      return this.#lumped;
    }
    const histogram = new Uint32Array(BINS);
    this.#histograms.set(stratum, histogram);
    return histogram;
  }
}

/** Undefined for a stratum that was not counted, where there is no lumped one: the manifest is not the counted one. */
export function splitInStratum(
  thresholds: SplitThresholds,
  seed: string,
  { subject_id, stratum = NO_STRATUM }: StratumLine,
): 'train' | 'val' | 'test' | undefined {
  const cuts = thresholds.strata.find((known) => known.stratum === stratum) ?? thresholds.lumped;
  if (cuts === undefined) return undefined;
  return splitOfBin(cuts, binOf(seed, subject_id));
}

/**
 * Whether a record may be in a split, where nothing says its stratum: some stratum sends the subject there. With one
 * stratum that is as good as knowing it; with several, subjects near a cut may be in either of two.
 */
export function someStratumSends(
  { strata, lumped }: SplitThresholds,
  seed: string,
  { subject_id, split }: { subject_id: string | number; split: 'train' | 'val' | 'test' },
): boolean {
  const index = binOf(seed, subject_id);
  const all = lumped === undefined ? strata : [...strata, lumped];
  return all.some((cuts) => splitOfBin(cuts, index) === split);
}

/** How many records the strata were counted to have, all together. */
export function countedRecords({ strata, lumped }: SplitThresholds): number {
  return strata.reduce((sum, { records }) => sum + records, lumped?.records ?? 0);
}

function splitOfBin({ trainUpTo, valUpTo }: Cuts, index: number): 'train' | 'val' | 'test' {
  if (index < trainUpTo) return 'train';
  return index < valUpTo ? 'val' : 'test';
}

function binOf(seed: string, subjectId: string | number): number {
  return Math.floor(drawOf(subjectDigest(seed, subjectId)) * BINS);
}

function cut(histogram: Uint32Array, { train, val, test }: SplitFractions): Cuts {
  const records = histogram.reduce((sum, binned) => sum + binned, 0);
  const whole = train + val + test;
  const trainUpTo = nearestCut(histogram, (train / whole) * records, 0);
  const valUpTo = nearestCut(histogram, ((train + val) / whole) * records, trainUpTo);
  // An empty split stays empty, whatever the rounding.
  return { records, trainUpTo, valUpTo: test === 0 ? BINS : valUpTo };
}

/** The first boundary from `least` on with as many records below it as `target`, as nearly as there is one. */
function nearestCut(histogram: Uint32Array, target: number, least: number): number {
  let below = 0;
  let nearest = least;
  let distance = Number.POSITIVE_INFINITY;
  for (let boundary = 0; boundary <= BINS; boundary++) {
    const off = Math.abs(below - target);
    if (boundary >= least && off < distance) {
      nearest = boundary;
      distance = off;
    }
    below += histogram[boundary] ?? 0;
  }
  return nearest;
}
