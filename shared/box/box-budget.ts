/** The memory budget of this process, as its function.json states it; each change of its level is a line in the log. */

import { type Budget, createBudget } from '../budget/budget.ts';
import { budgetMetrics } from '../budget/budget-metrics.ts';
import type { DrainReason } from '../budget/budget-options.ts';
import { openMemoryGauge } from '../budget/memory-gauge.ts';
import { type MemoryLimit, readMemoryLimit } from '../budget/memory-limit.ts';
import { metricsResponse } from '../budget/prometheus-text.ts';
import type { PressureTransition, ThresholdFractions } from '../budget/thresholds.ts';
import type { Log } from '../http/log.ts';
import type { BoxEnvironment } from './box-environment.ts';

/** The part of function.json that is about memory. */
export interface BudgetSettings {
  /** Held with nothing to do, and what a request takes: what the concurrency follows from. */
  readonly idleMiB: number;
  readonly requestMiB: number;
  readonly thresholds?: ThresholdFractions;
  /** An instance is replaced after so many requests, a tenth more or less; absent = never for their number. */
  readonly recycleAfterRequests?: number;
}

export interface BoxBudget {
  readonly limit: MemoryLimit;
  /** Absent where PILLBOX_BUDGET=off. */
  readonly budget: Budget | undefined;
  /** Resolves when the process should take no more work, finish, and end. */
  readonly due: Promise<DrainReason>;
  /** The answer of /metrics; undefined without a budget. */
  metrics(): Response | undefined;
}

const MIB = 1024 * 1024;
const JITTER_SHARE = 0.1;
/** How much of the limit a process may come to hold beyond its first thousand requests before it is replaced. */
const DRIFT_SHARE = 0.25;

export function openBoxBudget(
  settings: BudgetSettings | undefined,
  env: Pick<BoxEnvironment, 'MEMORY_LIMIT_MIB' | 'PILLBOX_BUDGET'>,
  log: Log,
): BoxBudget {
  const limit = readMemoryLimit({ statedMiB: env.MEMORY_LIMIT_MIB });
  const { promise: due, resolve: onDrain } = Promise.withResolvers<DrainReason>();
  if (env.PILLBOX_BUDGET === 'off') return { limit, budget: undefined, due, metrics: () => undefined };
  const afterRequests = settings?.recycleAfterRequests;
  const budget = createBudget({
    limit,
    gauge: openMemoryGauge({ limit }),
    ...(settings?.thresholds === undefined ? {} : { thresholds: settings.thresholds }),
    recycle: {
      afterRequests,
      jitterRequests: Math.round((afterRequests ?? 0) * JITTER_SHARE),
      driftBytes: limit.limitBytes * DRIFT_SHARE,
      expectedBytes: (settings?.idleMiB ?? 0) * MIB,
    },
    onTransition: (transition) => logTransition(log, transition),
    onReleased({ name, bytes, error }) {
      if (error !== undefined) log('ERROR', 'memory: what should have been given back was not', { name });
      else if (bytes > 0) log('INFO', 'memory: given back', { name, mib: Math.round(bytes / MIB) });
    },
    onDrain,
  });
  return { limit, budget, due, metrics: () => metricsResponse(budgetMetrics(budget.snapshot())) };
}

function logTransition(log: Log, { from, to, heldBytes, limitBytes }: PressureTransition): void {
  log(to === 'stop' || to === 'drain' ? 'WARNING' : 'INFO', 'memory: level', {
    from,
    to,
    heldMiB: Math.round(heldBytes / MIB),
    limitMiB: Math.round(limitBytes / MIB),
  });
}
