/** How far a job is, from a few lists and small reads: for `pillbox status` and the progress display. */

import type { ObjectStore } from '../storage/object-store.ts';
import { type FanIn, readRoot } from './fan-in.ts';
import { CANCELLED, readFailure } from './job-failure.ts';
import { partitionFanIn, readJoined, scanFanIn } from './join-markers.ts';
import { type JoinPlan, readJoinPlan } from './join-plan.ts';
import { type JobRun, jobName } from './object-names.ts';
import { isDone } from './open-job.ts';
import { type Plan, readPlan, runOf, shardRange } from './plan-document.ts';
import { type LeafRange, lookAtTree } from './progress-look.ts';
import { type ShardTotals, shardFanIn, shardTotalsSchema, tarCount } from './shard-markers.ts';
import { tarFanIn } from './tar-markers.ts';

export interface Progress {
  /** waiting: there is no job.json (yet). */
  readonly state: 'waiting' | 'planning' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly stage: 'join' | 'plan' | 'shard' | 'combine' | undefined;
  /** Of a job whose manifest is joined from tables, once that is planned. */
  readonly join?: JoinProgress;
  /** Lines of the manifest; undefined until they are counted. */
  readonly records: number | undefined;
  /** Records whose shard is finished, bad ones included. */
  readonly recordsDone: number;
  readonly shards: number | undefined;
  readonly shardsDone: number;
  /** Undefined until all shards are made: only then is it known which splits have records. */
  readonly tars: number | undefined;
  readonly tarsDone: number;
  /** Records left out so far; undefined until the records are counted. */
  readonly failed: number | undefined;
  /** True while `failed` may be too low: a look reads a bounded number of markers. */
  readonly failedIsAtLeast?: true;
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

/** Each table is scanned, and then each partition joined; undefined counts are not known any more, or not yet. */
export interface JoinProgress {
  readonly step: 'scan' | 'partition' | 'done';
  readonly tasksDone: number;
  readonly tasks: number | undefined;
}

/** Looks at one job again and again: what never changes is read once. */
export interface ProgressReader {
  /** A dozen requests or fewer, and at most 48 small reads. Throws as the store does. */
  read(): Promise<Progress>;
}

export function readProgress(store: ObjectStore, job: string): Promise<Progress> {
  return openProgress(store, job).read();
}

export function openProgress(store: ObjectStore, job: string): ProgressReader {
  let memory: Memory | undefined;
  return {
    async read() {
      const request = await store.stat(jobName(job));
      if (request === undefined) return { ...NOT_PLANNED, state: 'waiting', error: undefined };
      const run: JobRun = { job, generation: request.generation };
      // Another generation is another job.
      if (memory?.run.generation !== run.generation) memory = { run, failedByMarker: new Map() };
      const seen = memory;
      const [plan, failure, done] = await Promise.all([
        seen.plan ?? readPlan(store, run),
        readFailure(store, run),
        isDone(store, run),
      ]);
      if (plan !== undefined) seen.plan = plan;
      const work = plan === undefined ? await readJoin(store, seen) : await readWork(store, plan, seen);
      const error = failure === undefined ? undefined : { code: failure.code, message: failure.message };
      const isPlanning = work.stage === 'plan';
      return { ...work, state: stateOf({ isPlanning, code: error?.code, done }), error };
    },
  };
}

/** What a reader keeps of a run: objects that are written once. */
interface Memory {
  readonly run: JobRun;
  readonly failedByMarker: Map<string, number>;
  joinPlan?: JoinPlan;
  plan?: Plan;
  totals?: ShardTotals;
}

type Work = Omit<Progress, 'state' | 'error'>;

const JOINED: JoinProgress = { step: 'done', tasksDone: 0, tasks: undefined };

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

/** Of a job that has no plan yet: it may be joined first. */
async function readJoin(store: ObjectStore, memory: Memory): Promise<Work> {
  const plan = memory.joinPlan ?? (await readJoinPlan(store, memory.run));
  if (plan === undefined) return NOT_PLANNED;
  memory.joinPlan = plan;
  if ((await readJoined(store, memory.run)) !== undefined) return { ...NOT_PLANNED, join: JOINED };
  const scans = await countDone(store, scanFanIn(plan));
  if (scans < plan.scans.length) {
    const join = { step: 'scan', tasksDone: scans, tasks: plan.scans.length } as const;
    return { ...NOT_PLANNED, stage: 'join', join };
  }
  const tasksDone = await countDone(store, partitionFanIn(plan));
  const join = { step: 'partition', tasksDone, tasks: plan.partitions } as const;
  return { ...NOT_PLANNED, stage: 'join', join };
}

async function countDone(store: ObjectStore, tree: FanIn): Promise<number> {
  return countLeaves((await lookAtTree(store, tree, undefined)).done);
}

async function readWork(store: ObjectStore, plan: Plan, memory: Memory): Promise<Work> {
  const { records, shards } = plan;
  const join = plan.job.join === undefined ? {} : { join: JOINED };
  const shardTree = shardFanIn(plan);
  const totals = memory.totals ?? (await readRoot(store, shardTree, shardTotalsSchema));
  if (totals === undefined) {
    return { ...(await readShards(store, plan, { tree: shardTree, memory })), ...join };
  }
  memory.totals = totals;
  const tars = tarCount(totals);
  return {
    stage: 'combine',
    ...join,
    records,
    recordsDone: records,
    shards,
    shardsDone: shards,
    tars,
    tarsDone: tars === 0 ? 0 : await countDone(store, tarFanIn(runOf(plan), tars)),
    failed: totals.counts.failed,
  };
}

async function readShards(
  store: ObjectStore,
  plan: Plan,
  { tree, memory }: { tree: FanIn; memory: Memory },
): Promise<Work> {
  const { records, shards } = plan;
  const look = await lookAtTree(store, tree, memory.failedByMarker);
  const recordsIn = ({ first, end }: LeafRange) =>
    shardRange(plan, end - 1).end - shardRange(plan, first).start;
  return {
    ...NOT_PLANNED,
    stage: 'shard',
    records,
    shards,
    recordsDone: look.done.reduce((sum, range) => sum + recordsIn(range), 0),
    shardsDone: countLeaves(look.done),
    failed: look.failed,
    ...(look.isFailedExact ? {} : { failedIsAtLeast: true }),
  };
}

function countLeaves(ranges: readonly LeafRange[]): number {
  return ranges.reduce((sum, { first, end }) => sum + end - first, 0);
}

function stateOf(facts: { isPlanning: boolean; code: string | undefined; done: boolean }): Progress['state'] {
  if (facts.done) return 'done';
  if (facts.code === CANCELLED) return 'cancelled';
  if (facts.code !== undefined) return 'failed';
  return facts.isPlanning ? 'planning' : 'running';
}
