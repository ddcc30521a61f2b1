/** The front's own answers: a problem that reaches whoever is still sending what is refused. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { discardRest, REQUEST_LIMIT_BYTES } from '../../../shared/http/discard-rest.ts';
import { lingeringClose } from '../../../shared/http/lingering-close.ts';
import { HttpProblem } from '../../../shared/http/problem.ts';

/** Cloud Run refuses a longer request over HTTP/1 before any instance sees it, and so does the front. */
export function requestTooLarge(): HttpProblem {
  return new HttpProblem(413, 'request-too-large', 'Request too large', {
    detail: `a request may hold at most ${REQUEST_LIMIT_BYTES} bytes`,
  });
}

/** As announced; a body of unknown length is counted while it comes. */
export function isTooLarge(incoming: IncomingMessage): boolean {
  return Number(incoming.headers['content-length'] ?? 0) > REQUEST_LIMIT_BYTES;
}

/**
 * Reads what is left of the request, however long it is, so that the answer finds its client listening; one that takes too
 * long is answered all the same, and its connection closed. Never rejects.
 */
export async function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  problem: HttpProblem,
): Promise<void> {
  const isRead = await discardRest(incoming, undefined, { limitBytes: Number.POSITIVE_INFINITY });
  if (outgoing.destroyed) return;
  const response = problem.toResponse();
  const body = await response.text();
  if (!isRead) lingeringClose(incoming, outgoing);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(body);
}
