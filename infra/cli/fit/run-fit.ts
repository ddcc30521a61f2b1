/** Runs `pillbox fit`: trials under falling limits, then with more requests at once, and what they come to. */

import { join } from 'node:path';
import type { RegisteredFunction } from '../../registry/registry.ts';
import { boxEnvironment } from '../box-surroundings.ts';
import { CommandError, EXIT } from '../command-error.ts';
import { findFunction, isPipelineStep, withBundles } from '../find-function.ts';
import { findCgroupParent } from './cgroup-parent.ts';
import { type FitResult, resultLines, trialRow, trialTitles } from './report.ts';
import { highestConcurrency, smallestLimit } from './search.ts';
import type { TryAt } from './trial.ts';
import { createServiceTrials } from './try-service.ts';
import { withStepTrials } from './try-step.ts';

const WATCH = 'by watching the process';
const CGROUP = 'by a memory cgroup';

export interface FitOptions {
  readonly from: number;
  readonly to?: number;
  readonly clients?: number;
  readonly watch: boolean;
  readonly data: string;
}

/** Throws a CommandError when it holds at no limit that was asked for. */
export async function runFit(name: string, options: FitOptions): Promise<void> {
  const fn = await findFunction(name);
  const { from, to = fn.config.memoryMiB, clients = fn.config.concurrency } = options;
  if (from > to) throw new CommandError(EXIT.usage, `--from ${from} is larger than --to ${to}`);
  const cgroupParent = options.watch ? undefined : findCgroupParent();
  console.log(
    `${name}: limits from ${from} to ${to} MiB, held ${cgroupParent === undefined ? WATCH : CGROUP} ("resident" counts pages of files as well)`,
  );
  const result = await withTrials(fn, options, cgroupParent, (tryAt) => {
    console.log(trialTitles());
    return runTrials(fn, tryAt, { from, to, clients }, (line) => console.log(line));
  });
  if (result === undefined) throw new CommandError(EXIT.failed, `${name} does not hold at ${to} MiB`);
  console.log(['', ...resultLines(result)].join('\n'));
}

/** @param say is told of each trial. Undefined when it does not hold at the largest limit. */
export async function runTrials(
  fn: RegisteredFunction,
  tryAt: TryAt,
  { from, to, clients }: { readonly from: number; readonly to: number; readonly clients: number },
  say: (line: string) => void,
): Promise<FitResult | undefined> {
  const told: TryAt = async (limitMiB, atOnce) => {
    const trial = await tryAt(limitMiB, atOnce);
    say(trialRow(trial));
    return trial;
  };
  const alone = await smallestLimit(told, { fromMiB: from, toMiB: to });
  if (alone === undefined) return undefined;
  const together = await highestConcurrency(told, alone, clients);
  return { fn, fromMiB: from, alone, together };
}

function withTrials<Result>(
  fn: RegisteredFunction,
  { data }: FitOptions,
  cgroupParent: string | undefined,
  use: (tryAt: TryAt) => Promise<Result>,
): Promise<Result> {
  if (isPipelineStep(fn)) return withStepTrials({ fn, cgroupParent }, use);
  return withBundles([fn], join(data, 'fit'), async ([bundled = fn]) => {
    const environment = await boxEnvironment(bundled, data);
    return await use(createServiceTrials({ fn: bundled, environment, cgroupParent }));
  });
}
