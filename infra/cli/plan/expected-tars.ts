/** How many tars a job makes: exactly where it is split by record, and else as many as are to be expected. */

import type { Job } from '../../../shared/pipeline/job.ts';
import { exactCounts, SPLITS } from '../../../shared/pipeline/split.ts';

type TarOptions = Pick<Job, 'splits' | 'splitBy' | 'partsPerTar'>;

/** A group of shards makes one tar of each split that has a record among them. */
export function expectedTars(job: TarOptions, records: number, shards: number): number {
  if (job.splitBy === 'record') return tarsByRecord(records, shards, job);
  const groups = Math.ceil(shards / job.partsPerTar);
  const fractions = [job.splits.train, job.splits.val, job.splits.test];
  const lastShards = shards - (groups - 1) * job.partsPerTar;
  const perShard = records / shards;
  // With less than a few dozen records a group a split may have none: this is how many are to be expected then.
  const tarsOf = (groupRecords: number) =>
    fractions.reduce((sum, fraction) => sum + 1 - (1 - fraction) ** groupRecords, 0);
  const expected = (groups - 1) * tarsOf(job.partsPerTar * perShard) + tarsOf(lastShards * perShard);
  return Math.max(1, Math.round(expected));
}

/** By record, each split is one stretch of the positions, and so of the groups. */
function tarsByRecord(records: number, shards: number, { splits, partsPerTar }: TarOptions): number {
  const counts = exactCounts(splits, records);
  const groupOf = (position: number) => Math.floor(shardOf(position, records, shards) / partsPerTar);
  let tars = 0;
  let start = 0;
  for (const split of SPLITS) {
    const end = start + counts[split];
    if (end > start) tars += groupOf(end - 1) - groupOf(start) + 1;
    start = end;
  }
  return tars;
}

/** The inverse of shardRange. */
function shardOf(position: number, records: number, shards: number): number {
  const least = Math.floor(records / shards);
  const larger = records % shards;
  const inLarger = larger * (least + 1);
  if (position < inLarger) return Math.floor(position / (least + 1));
  return larger + Math.floor((position - inLarger) / least);
}
