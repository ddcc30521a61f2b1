/** The content of metadata.json: what the data set is made of, from what, and how. The same job gives the same bytes. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { CHEXPERT_LABELS } from '../../shared/pipeline/chexpert-labels.ts';
import { CLINICAL_FEATURES } from '../../shared/pipeline/clinical-features.ts';
import { PROVENANCE_FILE } from '../../shared/pipeline/object-names.ts';
import type { Plan } from '../../shared/pipeline/plan-document.ts';
import type { ShardCounts } from '../../shared/pipeline/shard-markers.ts';
import type { SplitProof } from '../../shared/pipeline/split-proof.ts';
import type { Output } from '../../shared/pipeline/tar-markers.ts';
import { describeSample } from './describe-sample.ts';

/** Changes when readers of metadata.json have to change. */
const FORMAT = 'pillbox/dataset/2';

/** A file that no records can be counted in. */
export type ReportFile = Omit<Output, 'records'>;

export interface Dataset {
  readonly counts: ShardCounts;
  /** The tars of the splits, and the failures: every record is in one of them. */
  readonly outputs: readonly Output[];
  /** What has records once more: samples, the table. */
  readonly copies: readonly Output[];
  readonly reports: readonly ReportFile[];
  readonly inputs: readonly object[];
  readonly proof: SplitProof;
  /** Of jobs that join: what the join stage reported. */
  readonly join: object | undefined;
}

/**
 * No times, generations or machines in it: they would differ from run to run.
 * Throws a TerminalError ('counts-differ') when a record is neither in a split nor among the failures.
 */
export function describeDataset(plan: Plan, dataset: Dataset): object {
  const { job, records, codeVersion, splitThresholds } = plan;
  const { failed, ...splits } = dataset.counts;
  expectAll(records, dataset);
  const { id, ...options } = job;
  return {
    format: FORMAT,
    job: id,
    codeVersion,
    records,
    failed,
    splits,
    options,
    ...(splitThresholds !== undefined && { strata: splitThresholds }),
    inputs: dataset.inputs,
    // Their generations: not among the outputs, as its bytes are not the same for every copy of the inputs.
    provenance: PROVENANCE_FILE,
    ...(dataset.join !== undefined && { join: dataset.join }),
    sample: { key: 'position in the output', files: describeSample(job) },
    clinicalFeatures: CLINICAL_FEATURES.map(({ name, unit }) => ({ name, unit })),
    labels: CHEXPERT_LABELS,
    proof: dataset.proof,
    outputs: [...dataset.outputs, ...dataset.copies, ...dataset.reports],
  };
}

function expectAll(records: number, { counts, outputs }: Dataset): void {
  const accounted = counts.failed + counts.train + counts.val + counts.test;
  const listed = outputs.reduce((sum, output) => sum + output.records, 0);
  if (accounted === records && listed === records) return;
  throw new TerminalError(
    'counts-differ',
    `${records} records planned, ${accounted} in shards, ${listed} in outputs`,
  );
}
