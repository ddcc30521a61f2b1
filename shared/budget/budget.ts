/** The memory budget of one process: who may begin, what is given back under pressure, and when to be replaced. */

import { RetryableError } from '../errors/retryable-error.ts';
import { HttpProblem } from '../http/problem.ts';
import { createAdmission, type Gate } from './admission.ts';
import { systemClock } from './budget-clock.ts';
import { createBudgetCounts } from './budget-counts.ts';
import type { BudgetSnapshot } from './budget-metrics.ts';
import type { AdmitRequest, BudgetOptions, DrainReason } from './budget-options.ts';
import { createCostEstimator } from './cost-estimator.ts';
import { requestBudgetBytes } from './derived-concurrency.ts';
import { createIdleFloor } from './idle-floor.ts';
import { createLease, type Lease } from './lease.ts';
import { createLoneGrowth } from './lone-growth.ts';
import { createPressureWatch } from './pressure-watch.ts';
import { createRecentOutcomes } from './recent-outcomes.ts';
import { createRecycling } from './recycling.ts';
import type { ReleaseHook } from './release-hooks.ts';
import { DEFAULT_THRESHOLDS, type PressureLevel } from './thresholds.ts';

export interface Budget {
  /**
   * Waits for room. Rejects with HttpProblem 413 when the box can never hold so much, RetryableError('overloaded')
   * when there is no room in time, and the signal's reason when aborted. The lease must be released.
   */
  admit(request: AdmitRequest): Promise<Lease>;
  /** Gives back what takes the hook out again. */
  register(hook: ReleaseHook): () => void;
  /** Reads the memory and acts on it; done at every request and by a timer besides. */
  sample(): PressureLevel;
  readonly drainReason: DrainReason | undefined;
  snapshot(): BudgetSnapshot;
  /** Stops the timer. */
  close(): void;
}

const DEFAULT_DEADLINE_MS = 2_000;

export function createBudget(options: BudgetOptions): Budget {
  const { limit, gauge, clock = systemClock, thresholds: fractions = DEFAULT_THRESHOLDS } = options;
  const counts = createBudgetCounts();
  const recent = createRecentOutcomes(() => clock.nowMs());
  const costs = createCostEstimator();
  const growth = createLoneGrowth(gauge);
  const floor = createIdleFloor(gauge.heldBytes());
  let drainReason: DrainReason | undefined;
  const drain = (reason: DrainReason): void => {
    if (drainReason !== undefined) return;
    drainReason = reason;
    counts.add('recycles');
    options.onDrain?.(reason);
  };
  const recycling = createRecycling({ ...options.recycle, onDue: drain });
  const pressure = createPressureWatch({
    ...options,
    clock,
    count: counts.add,
    onSample(heldBytes, level) {
      growth.sample(heldBytes);
      if (level === 'drain') drain('pressure');
      if (admission.queued > 0) admission.advance();
    },
  });
  const budgetAbove = (baselineBytes: number): number =>
    requestBudgetBytes(limit.limitBytes, baselineBytes, fractions.stop);
  const admission = createAdmission({
    clock,
    gate: () => gateAt(pressure.level),
    capacityBytes: () => budgetAbove(floor.bytes),
    maxQueued: options.maxQueued ?? 32,
    maxOvertakes: options.maxOvertakes ?? 8,
  });
  const begin = ({ route, costBytes: declaredBytes }: AdmitRequest, lease: Lease): Lease => {
    counts.add('admitted');
    recent.add(route, 'admitted');
    const run = growth.begin(lease.begunAlone, gauge.heldBytes());
    return createLease(lease, () => {
      // Whatever a listener throws, the bytes go back.
      try {
        const heldBytes = pressure.sample();
        const grownBytes = run?.end(heldBytes);
        if (grownBytes !== undefined) costs.observe(route, declaredBytes, grownBytes);
        recycling.ended(heldBytes);
      } finally {
        lease.release();
      }
    });
  };
  return {
    async admit(request) {
      const { route, costBytes, deadlineMs = DEFAULT_DEADLINE_MS, signal } = request;
      const heldBytes = pressure.sample();
      if (admission.running === 0) floor.observe(heldBytes);
      const mostBytes = budgetAbove(floor.lowestBytes);
      if (costBytes > mostBytes) {
        counts.add('refusedTooLarge');
        recent.add(route, 'too-large');
        throw tooLarge(costBytes, mostBytes);
      }
      try {
        const chargedBytes = Math.min(mostBytes, costs.estimate(route, costBytes));
        return begin(request, await admission.acquire({ costBytes: chargedBytes, deadlineMs, signal }));
      } catch (error) {
        const overloaded = error instanceof RetryableError;
        counts.add(overloaded ? 'refusedOverloaded' : 'aborted');
        recent.add(route, overloaded ? 'overloaded' : 'aborted');
        throw error;
      }
    },
    register: (hook) => pressure.register(hook),
    sample() {
      pressure.sample();
      return pressure.level;
    },
    get drainReason() {
      return drainReason;
    },
    snapshot: () => ({
      limit,
      usage: gauge.read(),
      level: pressure.level,
      heldBytes: gauge.heldBytes(),
      capacityBytes: budgetAbove(floor.bytes),
      leasedBytes: admission.usedBytes,
      running: admission.running,
      queued: admission.queued,
      counts: counts.all(),
      routes: costs.estimates(),
      recent: recent.all(),
      recentDropped: recent.dropped,
    }),
    close: () => pressure.close(),
  };
}

function gateAt(level: PressureLevel): Gate {
  if (level === 'drain') return 'closed';
  return level === 'stop' ? 'one' : 'open';
}

function tooLarge(costBytes: number, mostBytes: number): HttpProblem {
  return new HttpProblem(413, 'request-too-large-for-box', 'Request too large for this box', {
    detail: `the request needs ${costBytes} bytes, this box can hold requests of ${mostBytes} bytes at most`,
  });
}
