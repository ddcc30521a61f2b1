/** Which tars there will be: one for each tar group and split that have records together, numbered without gaps. */

import { readFirstGroups } from '../../shared/pipeline/fan-in.ts';
import type { Plan } from '../../shared/pipeline/plan-document.ts';
import {
  type ShardTotals,
  shardFanIn,
  tarCount,
  tarGroupSchema,
} from '../../shared/pipeline/shard-markers.ts';
import { SPLITS } from '../../shared/pipeline/split.ts';
import type { JobRef, TarTask } from '../../shared/pipeline/stage-tasks.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';

export type TarPlace = Omit<TarTask, keyof JobRef>;

/** All tars of train come first, then val, then test; each in the order of its groups. */
export async function* layOutTars(
  store: ObjectStore,
  plan: Plan,
  totals: ShardTotals,
): AsyncIterable<TarPlace> {
  const tars = tarCount(totals);
  const first = { train: 0, val: totals.tars.train, test: totals.tars.train + totals.tars.val };
  const next = { train: 0, val: 0, test: 0 };
  let group = 0;
  for await (const parts of readFirstGroups(store, shardFanIn(plan), tarGroupSchema)) {
    for (const split of SPLITS) {
      if (parts[split].length === 0) continue;
      const number = next[split]++;
      yield { tar: first[split] + number, tars, split, number, group };
    }
    group += 1;
  }
}
