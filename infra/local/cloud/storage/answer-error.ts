/** Answers a request that failed, so that its connection stays usable where it can. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { failureMessage, withFolder } from '../folder-fault.ts';
import { ApiError } from './api-error.ts';
import { drain } from './request-body.ts';

/**
 * @param send writes the error in the form of its API.
 * @param dir the folder of the local cloud.
 * What is no ApiError is answered too, and thrown again for the log, with the folder where that is at fault.
 */
export async function answerError(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  send: (response: ServerResponse, error: ApiError) => void,
  dir: string,
): Promise<void> {
  // Whoever went away hears no answer.
  if (request.errored !== null || response.errored !== null || response.destroyed) return;
  if (await drain(request)) {
    // What is left of an oversized body cannot be told from a next request.
    if (!request.complete && !response.headersSent) response.setHeader('connection', 'close');
    // Clients send what met a 500 again: by then the disk may have room.
    send(
      response,
      error instanceof ApiError ? error : new ApiError(500, 'backendError', failureMessage(error)),
    );
  }
  if (!(error instanceof ApiError)) throw withFolder(error, dir);
}
