/** Counts what a budget does. */

import type { BudgetCounts } from './budget-metrics.ts';

const ZERO: BudgetCounts = {
  admitted: 0,
  refusedOverloaded: 0,
  refusedTooLarge: 0,
  aborted: 0,
  releases: 0,
  releasedBytes: 0,
  failedReleases: 0,
  transitions: 0,
  recycles: 0,
};

export function createBudgetCounts() {
  const counts: Record<keyof BudgetCounts, number> = { ...ZERO };
  return {
    add(name: keyof BudgetCounts, by = 1): void {
      counts[name] += by;
    },
    all: (): BudgetCounts => ({ ...counts }),
  };
}
