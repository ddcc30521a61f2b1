/** What the main job came to: the content of `demo/summary.json`, and what of it fell short. */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FunctionStats } from '../../local/supervisor/supervisor.ts';

export interface PredictionResult {
  readonly function: string;
  /** Path at the edge. */
  readonly endpoint: string;
  /** Where the model ran: in the Worker, or in the function behind it. */
  readonly servedBy: 'edge' | 'function';
  readonly status: number;
  readonly ms: number;
  readonly body: unknown;
}

export interface JobResult {
  readonly id: string;
  readonly records: number;
  readonly failed: number;
  readonly seconds: number;
  readonly splits: { readonly train: number; readonly val: number; readonly test: number };
  /** Object names in the bucket. */
  readonly outputs: readonly string[];
}

export interface MemoryResult {
  readonly function: string;
  readonly limitMiB: number;
  /** Highest resident memory of any of its processes; null when none ran. */
  readonly peakMiB: number | null;
  /** From start to ready, of its latest start; null when none ran. */
  readonly coldStartMs: number | null;
}

export interface Summary {
  readonly predictions: readonly PredictionResult[];
  readonly job: JobResult;
  readonly memory: readonly MemoryResult[];
}

type BoxStats = Pick<FunctionStats, 'function' | 'limitMiB' | 'peakMiB' | 'coldStartMs'>;

/** @param unneeded functions that have nothing to do in the main job: of them, only those that ran all the same. */
export function memoryOf(stats: readonly BoxStats[], unneeded: ReadonlySet<string>): MemoryResult[] {
  return stats
    .filter((one) => one.peakMiB > 0 || !unneeded.has(one.function))
    .map((one) => ({
      function: one.function,
      limitMiB: one.limitMiB,
      peakMiB: one.peakMiB === 0 ? null : one.peakMiB,
      coldStartMs: one.coldStartMs === undefined ? null : Math.round(one.coldStartMs),
    }));
}

/** One sentence for each thing that fell short; empty when all went well. */
export function shortfalls({ predictions, job, memory }: Summary): string[] {
  const found = predictions
    .filter((one) => one.status !== 200)
    .map((one) => `${one.endpoint} (${one.servedBy}) answered ${one.status}`);
  const written = job.splits.train + job.splits.val + job.splits.test;
  if (written !== job.records - job.failed) {
    found.push(`${job.records} records and ${job.failed} failed, but ${written} in the splits`);
  }
  if (job.records === 0) found.push('the job had no records');
  if (job.failed > 0) found.push(`${job.failed} of ${job.records} records failed: see failures.jsonl`);
  for (const one of memory) {
    if (one.peakMiB === null) found.push(`${one.function} was never started`);
    else if (one.peakMiB > one.limitMiB) {
      found.push(`${one.function} peaked at ${one.peakMiB} MiB, over its limit of ${one.limitMiB} MiB`);
    }
  }
  return found;
}

export async function writeSummary(path: string, summary: Summary): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(summary, undefined, 2)}\n`);
}
