/** The sums over all shards, which exist once the last shard is made. */

import { RetryableError } from '../../shared/errors/retryable-error.ts';
import { readRoot } from '../../shared/pipeline/fan-in.ts';
import type { Plan } from '../../shared/pipeline/plan-document.ts';
import { type ShardTotals, shardFanIn, shardTotalsSchema } from '../../shared/pipeline/shard-markers.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';

/** Throws a RetryableError ('stage-incomplete') while shards are missing. */
export async function readTotals(store: ObjectStore, plan: Plan): Promise<ShardTotals> {
  const totals = await readRoot(store, shardFanIn(plan), shardTotalsSchema);
  if (totals !== undefined) return totals;
  throw new RetryableError('stage-incomplete', `job ${plan.job.id} has unfinished shards`);
}
