/** An error that a later attempt may mend: a task that meets it answers 5xx and is delivered again. */

import type { RetryableCode } from './codes.ts';

/** Who is told of an overload is told when to come again, too. */
const OVERLOADED_RETRY_MS = 5_000;

export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly code: RetryableCode;
  /** How long to wait at least; absent leaves it to the queue's back-off, but never for 'overloaded'. */
  readonly retryAfterMs: number | undefined;

  constructor(code: RetryableCode, message: string, options: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs ?? (code === 'overloaded' ? OVERLOADED_RETRY_MS : undefined);
  }
}
