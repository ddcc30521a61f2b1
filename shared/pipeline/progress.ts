/** How far a job is, from a few lists and small reads: for `pillbox status` and the progress bar. */

import type { ObjectStore } from '../storage/object-store.ts';
import { type FanIn, markerIndex, readRoot } from './fan-in.ts';
import { readFailure } from './job-failure.ts';
import { type JobRun, jobName } from './object-names.ts';
import { isDone } from './open-job.ts';
import { type Plan, readPlan, runOf, shardRange } from './plan-document.ts';
import { shardFanIn, shardTotalsSchema, tarCount } from './shard-markers.ts';
import { tarFanIn } from './tar-markers.ts';

export interface Progress {
  /** waiting: there is no job.json (yet). */
  readonly state: 'waiting' | 'planning' | 'running' | 'done' | 'failed';
  readonly stage: 'plan' | 'shard' | 'combine' | undefined;
  /** Lines of the manifest; undefined until they are counted. */
  readonly records: number | undefined;
  /** Records whose shard is finished, bad ones included. */
  readonly recordsDone: number;
  readonly shards: number | undefined;
  readonly shardsDone: number;
  /** Undefined until all shards are made: only then is it known which splits have records. */
  readonly tars: number | undefined;
  readonly tarsDone: number;
  /** Records left out; undefined until all shards are made. */
  readonly failed: number | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

export async function readProgress(store: ObjectStore, job: string): Promise<Progress> {
  const request = await store.stat(jobName(job));
  if (request === undefined) return { ...NOT_PLANNED, state: 'waiting', error: undefined };
  const run: JobRun = { job, generation: request.generation };
  const [plan, failure, done] = await Promise.all([
    readPlan(store, run),
    readFailure(store, run),
    isDone(store, run),
  ]);
  const work = plan === undefined ? NOT_PLANNED : await readWork(store, plan);
  const error = failure === undefined ? undefined : { code: failure.code, message: failure.message };
  return { ...work, state: stateOf({ plan, failed: error !== undefined, done }), error };
}

type Work = Omit<Progress, 'state' | 'error'>;

const NOT_PLANNED: Work = {
  stage: 'plan',
  records: undefined,
  recordsDone: 0,
  shards: undefined,
  shardsDone: 0,
  tars: undefined,
  tarsDone: 0,
  failed: undefined,
};

async function readWork(store: ObjectStore, plan: Plan): Promise<Work> {
  const { records, shards } = plan;
  const shardTree = shardFanIn(plan);
  const totals = await readRoot(store, shardTree, shardTotalsSchema);
  if (totals === undefined) {
    const made = await sumLeaves(store, shardTree, (shard) => {
      const { start, end } = shardRange(plan, shard);
      return end - start;
    });
    return { ...NOT_PLANNED, stage: 'shard', records, shards, recordsDone: made.sum, shardsDone: made.count };
  }
  const tars = tarCount(totals);
  const joined = await sumLeaves(store, tarFanIn(runOf(plan), tars), () => 1);
  return {
    stage: 'combine',
    records,
    recordsDone: records,
    shards,
    shardsDone: shards,
    tars,
    tarsDone: joined.count,
    failed: totals.counts.failed,
  };
}

async function sumLeaves(
  store: ObjectStore,
  tree: FanIn,
  weigh: (leaf: number) => number,
): Promise<{ count: number; sum: number }> {
  let count = 0;
  let sum = 0;
  for await (const { name } of store.list(`${tree.folder}0/`)) {
    count += 1;
    sum += weigh(markerIndex(name));
  }
  return { count, sum };
}

function stateOf(facts: { plan: Plan | undefined; failed: boolean; done: boolean }): Progress['state'] {
  if (facts.done) return 'done';
  if (facts.failed) return 'failed';
  return facts.plan === undefined ? 'planning' : 'running';
}
