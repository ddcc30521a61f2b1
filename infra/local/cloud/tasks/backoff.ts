/** When a failed task is tried again, and when no more: the documented rules of Cloud Tasks' retryConfig. */

export interface RetryRules {
  /** Attempts, the first one included; -1 = no limit. */
  readonly maxAttempts: number;
  /** Measured from the first attempt; 0 = no limit. */
  readonly maxRetryMs: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** How often the interval doubles before it grows by a constant step. */
  readonly maxDoublings: number;
}

/** The wait after the `failures`-th failure in a row, from 1 on: doubling, then linear, then constant. */
export function backoffMs(rules: RetryRules, failures: number): number {
  const doublings = Math.min(failures - 1, rules.maxDoublings);
  const steps = Math.max(1, failures - rules.maxDoublings);
  return Math.min(rules.maxBackoffMs, rules.minBackoffMs * 2 ** doublings * steps);
}

/** A limit that is not set does not hold the other one up; where both are set, both must be reached. */
export function isSpent(rules: RetryRules, attempts: number, sinceFirstAttemptMs: number): boolean {
  const { maxAttempts, maxRetryMs } = rules;
  const hasAttemptLimit = maxAttempts !== -1;
  const hasTimeLimit = maxRetryMs > 0;
  if (!hasAttemptLimit && !hasTimeLimit) return false;
  return (
    (!hasAttemptLimit || attempts >= maxAttempts) && (!hasTimeLimit || sinceFirstAttemptMs >= maxRetryMs)
  );
}
