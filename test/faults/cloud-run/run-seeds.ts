/** Runs the jobs over a misbehaving cloud, one for each seed, and says which of them came to something else. */

import type { JobKind, Mutation, Outcome } from '../schedules/scheduled-job.ts';
import { JOB_KINDS, runInMemory } from './cloud-jobs.ts';
import { problemOf } from './outcome.ts';
import { runOverCloud } from './run-over-cloud.ts';

/** Much of a run is the pauses of clients before they ask again. */
const RUNS_AT_ONCE = 12;

export interface SeedResult {
  readonly seed: number;
  readonly kind: JobKind;
  /** Undefined when all is as it should be. */
  readonly problem: string | undefined;
  /** How often each kind of fault was met, as a FaultWatch names it. */
  readonly met: ReadonlyMap<string, number>;
}

export interface CloudRunner {
  /**
   * The jobs take turns: an odd seed is of the join.
   *
   * @param mutate what the boxes see in place of the bucket.
   */
  run(seeds: readonly number[], mutate?: Mutation): Promise<SeedResult[]>;
}

/** Throws when an undisturbed job comes to something else than in memory, or meets a fault. */
export async function createCloudRunner(): Promise<CloudRunner> {
  const expected = new Map<JobKind, Outcome>();
  for (const kind of JOB_KINDS) expected.set(kind, await undisturbed(kind));

  async function runSeed(seed: number, mutate: Mutation | undefined): Promise<SeedResult> {
    const kind = JOB_KINDS[seed % JOB_KINDS.length] ?? 'manifest';
    const wanted = expected.get(kind);
    if (wanted === undefined) throw new Error(`no outcome of the ${kind} job`);
    try {
      const { outcome, met } = await runOverCloud(kind, { chaos: String(seed), mutate });
      return { seed, kind, met, problem: problemOf(outcome, wanted) };
    } catch (error) {
      return { seed, kind, met: new Map(), problem: String(error) };
    }
  }
  return { run: (seeds, mutate) => inParallel(seeds, (seed) => runSeed(seed, mutate)) };
}

/** For a figure: how many of the seeds from 1 change nothing. */
export async function runCloudSchedules(count: number): Promise<{ schedules: number; identical: number }> {
  const results = await (await createCloudRunner()).run(Array.from({ length: count }, (_, i) => i + 1));
  return {
    schedules: count,
    identical: results.filter(({ problem }) => problem === undefined).length,
  };
}

/** All that is needed to run it again. */
export function describeSeed({ seed, kind, problem }: SeedResult): string {
  return `PILLBOX_CLOUD_CHAOS_SEED=${seed} (${kind} job): ${problem ?? 'identical'}`;
}

/** What comes of the job over a cloud that does as it should: the very same as in memory. */
async function undisturbed(kind: JobKind): Promise<Outcome> {
  const inMemory = await runInMemory(kind);
  const { outcome, met } = await runOverCloud(kind);
  const problem = problemOf(inMemory, inMemory) ?? problemOf(outcome, inMemory);
  if (problem !== undefined) throw new Error(`undisturbed, the ${kind} job: ${problem}`);
  if (met.size > 0) throw new Error(`undisturbed, the ${kind} job: met ${[...met.keys()].join(', ')}`);
  return outcome;
}

async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = [...items.entries()];
  const workers = Array.from({ length: RUNS_AT_ONCE }, async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [at, item] = next;
      results[at] = await work(item);
    }
  });
  await Promise.all(workers);
  return results;
}
