/** Checks that a record is in the split it belongs to, as far as its sample says what decides. */

import { METADATA_FILE } from '../../../shared/pipeline/object-names.ts';
import { type Split, splitOf } from '../../../shared/pipeline/split.ts';
import { countedRecords, someStratumSends } from '../../../shared/pipeline/strata.ts';
import type { CheckedSample } from './check-tar.ts';
import type { DatasetMetadata } from './dataset-metadata.ts';
import type { Problems } from './problems.ts';

export class SplitCheck {
  readonly #metadata: DatasetMetadata;
  readonly #problems: Problems;
  /** By stratum, of the samples that name one of `strata`: at most as many as those. */
  readonly #strata: Map<string, number>;

  constructor(metadata: DatasetMetadata, problems: Problems) {
    this.#metadata = metadata;
    this.#problems = problems;
    this.#strata = new Map(metadata.strata?.strata.map(({ stratum }) => [stratum, 0]));
  }

  take(file: string, split: Split, { position, subjectId, stratum }: CheckedSample): void {
    const { options, records, strata } = this.#metadata;
    // What was given is in no sample.
    if (subjectId === undefined || options.splitBy === 'given') return;
    const counted = stratum === undefined ? undefined : this.#strata.get(stratum);
    if (stratum !== undefined && counted !== undefined) this.#strata.set(stratum, counted + 1);
    if (options.splitBy === 'subject' && strata !== undefined && stratum === undefined) {
      const isPossible = someStratumSends(strata, options.seed, { subject_id: subjectId, split });
      if (!isPossible)
        this.#problems.add(file, `position ${position} is in a split that no stratum gives it`);
      return;
    }
    const plan = { job: options, records, splitThresholds: strata };
    const right = splitOf(plan, position, { subject_id: subjectId, stratum });
    if (right !== split) {
      this.#problems.add(file, `position ${position} belongs to ${right ?? 'no split'}`);
    }
  }

  /** What a stratum was counted to have is what it was cut by: no more can have been written. */
  finish(): void {
    const { strata, records, failed } = this.#metadata;
    if (strata === undefined) return;
    const counted = countedRecords(strata);
    // A line that cannot be read has no stratum, and is among the failed.
    if (counted > records || counted < records - failed) {
      this.#problems.add(
        METADATA_FILE,
        `says ${counted} records in its strata, but ${records} records, ${failed} of them failed`,
      );
    }
    for (const [i, one] of strata.strata.entries()) {
      const found = this.#strata.get(one.stratum) ?? 0;
      if (found <= one.records) continue;
      this.#problems.add(
        METADATA_FILE,
        `says ${one.records} records of stratum ${i + 1}, there are ${found}`,
      );
    }
  }
}
