/** What an attempt's answer means for its task: done, to be tried again, or given up. */

import { backoffMs, isSpent, type RetryRules } from './backoff.ts';
import type { Answer } from './sender.ts';
import type { StoredTask } from './task-row.ts';

/** The longest wait that a target may ask for with Retry-After. */
const MAX_RETRY_AFTER_MS = 3_600_000;

interface Failure {
  /** The target asked for less work, not only for another try. */
  readonly isOverload: boolean;
  readonly retryAfterMs: number | undefined;
}

export type Outcome =
  | { readonly kind: 'done' }
  | ({ readonly kind: 'retry'; readonly waitMs: number } & Failure)
  | ({ readonly kind: 'given-up' } & Failure);

type Attempted = Pick<StoredTask, 'dispatchCount' | 'firstDispatchMs'>;

/** As Cloud Tasks records it: 504 for an answer that came too late, 0 for none. */
export function statusOf(answer: Answer): number {
  if (answer.httpStatus !== undefined) return answer.httpStatus;
  return answer.isLate === true ? 504 : 0;
}

/** Any 2xx is success; anything else, a redirect that leads nowhere too, is a failure. */
export function judge(rules: RetryRules, task: Attempted, answer: Answer, nowMs: number): Outcome {
  const { httpStatus } = answer;
  if (httpStatus !== undefined && httpStatus >= 200 && httpStatus <= 299) return { kind: 'done' };
  const retryAfterMs =
    httpStatus === undefined || answer.retryAfterMs === undefined
      ? undefined
      : Math.min(MAX_RETRY_AFTER_MS, answer.retryAfterMs);
  const failure: Failure = { isOverload: httpStatus === 429 || httpStatus === 503, retryAfterMs };
  const sinceFirstMs = nowMs - (task.firstDispatchMs ?? nowMs);
  if (isSpent(rules, task.dispatchCount, sinceFirstMs)) return { kind: 'given-up', ...failure };
  const waitMs = Math.max(backoffMs(rules, task.dispatchCount), retryAfterMs ?? 0);
  return { kind: 'retry', waitMs, ...failure };
}

/** For a log line: names the task and the status, nothing of what was sent or answered. */
export function describeFailure(
  task: Pick<StoredTask, 'id' | 'dispatchCount'>,
  answer: Answer,
  outcome: Exclude<Outcome, { kind: 'done' }>,
): string {
  const why = answer.httpStatus === undefined ? answer.failure : `HTTP ${answer.httpStatus}`;
  const next = outcome.kind === 'retry' ? `next in ${outcome.waitMs / 1000} s` : 'given up';
  return `attempt ${task.dispatchCount} of ${task.id} failed (${why}), ${next}`;
}
