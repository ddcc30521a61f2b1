/**
 * Small jobs over the local cloud, through Google's clients, while that cloud makes faults of every kind: the outputs are
 * those of the undisturbed run. PILLBOX_CLOUD_CHAOS_SEED=7 runs one seed, PILLBOX_CLOUD_CHAOS_SEEDS=200 more than the
 * dozen that is the default.
 */

import { env } from 'node:process';
import { beforeAll, expect, test, vi } from 'vitest';
import { type CloudRunner, createCloudRunner, describeSeed, type SeedResult } from './cloud-run/run-seeds.ts';
import { noPrecondition } from './schedules/mutations.ts';

const SEEDS = 12;
/** More are run only where a kind of fault was not met by then. */
const MOST_SEEDS = 48;

// More than all that a test here waits for.
vi.setConfig({ testTimeout: 30 * 60_000, hookTimeout: 240_000 });

/** By the names of a FaultWatch. */
const KINDS = [
  ...['duplicate', 'delayMs', 'reorder', 'deadlineMs'],
  ...['429', '500', '503', 'done-but-412', 'full-disk'],
  ...['cut', 'cut-upload', 'cut-download', 'lose-answer', 'kill-caller'],
];

const only = env['PILLBOX_CLOUD_CHAOS_SEED'];
const count = Number(env['PILLBOX_CLOUD_CHAOS_SEEDS'] ?? SEEDS);
const numbered = (first: number, many: number) => Array.from({ length: many }, (_, i) => first + i);

let runner: CloudRunner;

beforeAll(async () => {
  // Undisturbed, the jobs come to the same as in memory.
  runner = await createCloudRunner();
});

test('outputs are identical, nothing waits, nothing is left and counts add up', async () => {
  const results = await runSound(only === undefined ? numbered(1, count) : [Number(only)]);
  if (only !== undefined || count < SEEDS) return;
  while (missed(results).length > 0 && results.length < MOST_SEEDS) {
    results.push(...(await runSound(numbered(results.length + 1, SEEDS))));
  }
  expect(missed(results)).toEqual([]);
});

test('the proof fails when objects are created without precondition', async () => {
  const results: SeedResult[] = [];
  while (results.every(({ problem }) => problem === undefined) && results.length < SEEDS) {
    results.push(...(await runner.run(numbered(results.length + 1, 2), noPrecondition)));
  }
  expect(results.filter(({ problem }) => problem !== undefined)).not.toEqual([]);
});

async function runSound(seeds: readonly number[]): Promise<SeedResult[]> {
  const results = await runner.run(seeds);
  const bad = results.filter(({ problem }) => problem !== undefined);
  expect(bad.map(describeSeed).join('\n')).toBe('');
  return results;
}

/** The kinds of faults that none of the runs met. */
function missed(results: readonly SeedResult[]): string[] {
  return KINDS.filter((kind) => !results.some(({ met }) => met.has(kind)));
}
