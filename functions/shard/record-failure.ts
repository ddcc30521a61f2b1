/** A record that cannot be used: it becomes a line of failures.jsonl and the shard goes on without it. */

import type { FailureCode } from '../../shared/pipeline/failure-codes.ts';

export class RecordFailure extends Error {
  override readonly name = 'RecordFailure';
  readonly code: FailureCode;
  /** The image as the manifest names it, where the line could be read that far. */
  readonly image: string | undefined;

  /** @param message names fields and limits, never a value. */
  constructor(code: FailureCode, message: string, image?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.image = image;
  }
}
