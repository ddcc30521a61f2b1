/** Errors as Google's newer APIs word them: an HTTP code, a status name and a message. */

import type { z } from 'zod';

const HTTP_CODES = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  UNIMPLEMENTED: 501,
} as const;

export class TasksError extends Error {
  override readonly name = 'TasksError';
  readonly status: keyof typeof HTTP_CODES;

  /** @param message names fields and limits, never what a body holds. */
  constructor(status: keyof typeof HTTP_CODES, message: string) {
    super(message);
    this.status = status;
  }

  get httpCode(): number {
    return HTTP_CODES[this.status];
  }
}

export const invalidArgument = (message: string) => new TasksError('INVALID_ARGUMENT', message);
export const noSuchQueue = () => new TasksError('NOT_FOUND', 'Queue does not exist.');
export const noSuchTask = () => new TasksError('NOT_FOUND', 'The task no longer exists, or never did.');

/** Which fields are wrong and how. */
export function describeIssues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
}
