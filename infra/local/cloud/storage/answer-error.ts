/** Answers a request that failed, so that its connection stays usable where it can. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import { drain } from './request-body.ts';

/** @param send writes the error in the form of its API. Throws what is no ApiError. */
export async function answerError(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  send: (response: ServerResponse, error: ApiError) => void,
): Promise<void> {
  // Whoever went away hears no answer.
  if (request.errored !== null || response.errored !== null || response.destroyed) return;
  if (!(error instanceof ApiError)) throw error;
  if (!(await drain(request))) return;
  // What is left of an oversized body cannot be told from a next request.
  if (!request.complete) response.setHeader('connection', 'close');
  send(response, error);
}
