/** The content of metadata.json: what the data set is made of, from what, and how. The same job gives the same bytes. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import type { Plan } from '../../shared/pipeline/plan-document.ts';
import type { ShardCounts } from '../../shared/pipeline/shard-markers.ts';
import type { Output } from '../../shared/pipeline/tar-markers.ts';

/** Changes when readers of metadata.json have to change. */
const FORMAT = 'pillbox/dataset/1';

/**
 * No times, generations or machines in it: they would differ from run to run.
 * Throws a TerminalError ('counts-differ') when a record is neither in a split nor among the failures.
 */
export function describeDataset(plan: Plan, counts: ShardCounts, outputs: readonly Output[]): object {
  const { job, records, manifest, codeVersion } = plan;
  const { failed, ...splits } = counts;
  const accounted = failed + splits.train + splits.val + splits.test;
  const listed = outputs.reduce((sum, output) => sum + output.records, 0);
  if (accounted !== records || listed !== records) {
    throw new TerminalError(
      'counts-differ',
      `${records} records planned, ${accounted} in shards, ${listed} in outputs`,
    );
  }
  return {
    format: FORMAT,
    job: job.id,
    codeVersion,
    records,
    failed,
    splits,
    options: {
      seed: job.seed,
      splitBy: job.splitBy,
      splits: job.splits,
      shardRecords: job.shardRecords,
      partsPerTar: job.partsPerTar,
      image: { ...job.image, format: 'png', channels: 1, bits: 8, fit: 'fill' },
    },
    inputs: [{ name: job.manifest, sizeBytes: manifest.sizeBytes, crc32c: manifest.crc32c }],
    outputs,
  };
}
