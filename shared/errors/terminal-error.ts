/** An error that no retry mends: a task that meets it answers 2xx and records the failure. */

import type { TerminalCode } from './codes.ts';

/** One problem of one input field; `path` is a dotted key such as `splits.train`. Never holds the value. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

export class TerminalError extends Error {
  override readonly name = 'TerminalError';
  readonly code: TerminalCode;
  readonly fields: readonly FieldProblem[];

  /** @param message names keys and limits, never a patient's value. */
  constructor(
    code: TerminalCode,
    message: string,
    options: ErrorOptions & { fields?: readonly FieldProblem[] } = {},
  ) {
    super(message, options);
    this.code = code;
    this.fields = options.fields ?? [];
  }
}
