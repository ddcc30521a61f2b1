/** What becomes of an answer: refused, lost, cut at a byte, or another than the one that was made. */

import type { ServerResponse } from 'node:http';
import { ApiError, conditionNotMet, sendError, sendJson } from '../storage/api-error.ts';

const REASONS = { 429: 'rateLimitExceeded', 500: 'backendError', 503: 'backendError' } as const;
const RPC_STATUSES = { 429: 'RESOURCE_EXHAUSTED', 500: 'INTERNAL', 503: 'UNAVAILABLE' } as const;

/** @param isTask whether it is to be said as Cloud Tasks says it, not as Cloud Storage does. */
export function refuse(
  response: ServerResponse,
  status: 429 | 500 | 503,
  { isTask, message = 'Chaos was asked for.' }: { isTask: boolean; message?: string },
): void {
  if (isTask)
    sendJson(response, { error: { code: status, message, status: RPC_STATUSES[status] } }, { status });
  else sendError(response, new ApiError(status, REASONS[status], message));
}

/** What was asked for is done; the connection ends in place of the first byte of the answer. */
export function loseAnswer(response: ServerResponse): void {
  Object.assign(response, {
    write() {
      response.destroy();
      return false;
    },
    end: () => response.destroy(),
  });
}

type Written = (error?: Error | null) => void;

/** Lets the first bytes of the body through, of however many the answer says there are. Errors are answered whole. */
export function cutAnswer(response: ServerResponse, cutAt: (sizeBytes: number) => number): void {
  const [write, end] = [response.write.bind(response), response.end.bind(response)];
  let left: number | undefined;

  function send(bytes: Buffer, written: Written): boolean {
    if (response.statusCode >= 300) return write(bytes, written);
    left ??= cutAt(Number(response.getHeader('content-length') ?? bytes.length));
    const before = left;
    left -= bytes.length;
    if (bytes.length < before) return write(bytes, written);
    // Nobody is told that it was written: who waits for that learns that the connection has ended.
    return write(bytes.subarray(0, before), () => response.destroy());
  }

  Object.assign(response, {
    write: (bytes: Buffer, written: Written = () => {}) => send(bytes, written),
    end: (bytes?: Buffer) => (bytes === undefined ? end() : send(bytes, () => end())),
  });
}

/** What succeeded is answered as its repeat would be. */
export function answer412(response: ServerResponse): void {
  const { writeHead, end } = response;
  let isDone = false;
  Object.assign(response, {
    writeHead(status: number, headers: Record<string, string>) {
      isDone = status >= 200 && status <= 299;
      return isDone ? response : writeHead.call(response, status, headers);
    },
    end(bytes?: Buffer) {
      Object.assign(response, { writeHead, end });
      if (isDone) sendError(response, conditionNotMet());
      else response.end(bytes);
      return response;
    },
  });
}
