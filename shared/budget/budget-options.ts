/** What a budget is made of and what it is asked: all but the gauge has a default that fits a 256 MiB box. */

import type { BudgetClock } from './budget-clock.ts';
import type { MemoryGauge } from './memory-gauge.ts';
import type { MemoryLimit } from './memory-limit.ts';
import type { RecycleReason } from './recycling.ts';
import type { Release } from './release-hooks.ts';
import type { PressureTransition, ThresholdFractions } from './thresholds.ts';

export type DrainReason = 'pressure' | RecycleReason;

export interface BudgetOptions {
  readonly limit: MemoryLimit;
  readonly gauge: MemoryGauge;
  readonly clock?: BudgetClock;
  readonly thresholds?: ThresholdFractions;
  readonly recycle?: {
    readonly afterRequests?: number | undefined;
    readonly jitterRequests?: number;
    readonly driftBytes?: number | undefined;
    readonly expectedBytes?: number | undefined;
  };
  /** A queue longer than what runs in a second or two only makes every answer late. */
  readonly maxQueued?: number;
  readonly maxOvertakes?: number;
  readonly onTransition?: (transition: PressureTransition) => void;
  readonly onReleased?: (release: Release) => void;
  /** Once: the process should take no more work, finish and end. */
  readonly onDrain?: (reason: DrainReason) => void;
}

export interface AdmitRequest {
  /** A route's pattern, never a path with values in it. */
  readonly route: string;
  /** What the route says that this request takes at its peak. */
  readonly costBytes: number;
  /** How long it may wait. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
}
