/** How many requests a box can hold at once: what function.json must state to Cloud Run. */

import { DEFAULT_THRESHOLDS } from './thresholds.ts';

export interface ConcurrencyNeeds {
  readonly limitBytes: number;
  /** What the box holds at most between requests, warm and with its model loaded. */
  readonly baselineBytes: number;
  /**
   * What one request of the commonest route takes at most, as the route declares it. Not of the dearest: a service that
   * is asked for rows would be sent a handful at a time for the sake of pictures, which the box itself takes in turn.
   */
  readonly costBytes: number;
  /** Fraction of the limit above which nothing is admitted. */
  readonly stopFraction?: number;
}

/** Cloud Run takes no more. */
const MOST_CONCURRENCY = 1_000;

/** What requests may take together, in bytes. */
export function requestBudgetBytes(limitBytes: number, baselineBytes: number, stopFraction: number): number {
  return Math.max(0, Math.floor(limitBytes * stopFraction) - baselineBytes);
}

/** 0 when the box cannot hold even one such request. */
export function deriveConcurrency(needs: ConcurrencyNeeds): number {
  const { limitBytes, baselineBytes, costBytes, stopFraction = DEFAULT_THRESHOLDS.stop } = needs;
  if (!(costBytes > 0)) throw new RangeError('a request costs more than 0 bytes');
  const budgetBytes = requestBudgetBytes(limitBytes, baselineBytes, stopFraction);
  return Math.min(MOST_CONCURRENCY, Math.floor(budgetBytes / costBytes));
}
