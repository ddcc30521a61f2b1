/** What a retry test does to one call: fails it, breaks off its answer, or stops its upload at a byte. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ErrorReason } from './api-error.ts';
import type { Fault } from './retry-instruction.ts';
import type { DueFault, RetryTests } from './retry-tests.ts';

/** @param startByte where in the upload the source begins. */
export type Interrupt = (source: AsyncIterable<Buffer>, startByte: number) => AsyncIterable<Buffer>;

const REASONS: Readonly<Record<number, ErrorReason>> = {
  400: 'invalid',
  401: 'authError',
  403: 'forbidden',
  404: 'notFound',
  408: 'requestTimeout',
  412: 'conditionNotMet',
  429: 'rateLimitExceeded',
};

const noInterrupt: Interrupt = (source) => source;

/**
 * Looks whether the request's `x-retry-test-id` asks for a failure of `method`, and prepares it. Returns what the bodies
 * of uploads are to go through; undefined when the connection was reset, and nothing is to be done any more.
 * Throws an ApiError: the failure itself, or 404 for a test that is not known.
 */
export function interruptCall(
  tests: RetryTests,
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
): Interrupt | undefined {
  const id = [request.headers['x-retry-test-id'] ?? []].flat()[0];
  const due = id === undefined ? undefined : tests.next(id, method);
  if (due === undefined) return noInterrupt;
  const { fault } = due;
  if (fault.kind === 'reset') {
    due.consume();
    request.socket.resetAndDestroy();
    return undefined;
  }
  const isUpload = method === 'storage.objects.insert';
  if (fault.kind === 'status') {
    if (fault.afterBytes !== undefined) return isUpload ? stopAt(fault.afterBytes, due) : noInterrupt;
    due.consume();
    throw failure(fault.status);
  }
  if (fault.kind === 'stall' && isUpload) return stopAt(fault.afterBytes, due);
  const isResumable = isUpload && request.method === 'PUT';
  if (fault.kind === 'stall' || fault.of === 'any' || isResumable)
    interruptAnswer(response, fault, due.consume);
  return noInterrupt;
}

/** What arrived before the byte has gone through when the failure comes. */
function stopAt(afterBytes: number, { fault, consume }: DueFault): Interrupt {
  return async function* (source, startByte) {
    let arrivedBytes = startByte;
    let isOver = arrivedBytes >= afterBytes;
    for await (const chunk of source) {
      const before = Math.min(chunk.length, afterBytes - arrivedBytes);
      arrivedBytes += chunk.length;
      if (isOver || arrivedBytes < afterBytes) {
        yield chunk;
        continue;
      }
      isOver = true;
      consume();
      if (before > 0) yield chunk.subarray(0, before);
      if (fault.kind === 'status') throw failure(fault.status);
      if (fault.kind === 'stall') await sleep(fault.stallMs, undefined, { ref: false });
      if (before < chunk.length) yield chunk.subarray(before);
    }
  };
}

type AnswerFault = Extract<Fault, { kind: 'cut' | 'stall' }>;
type Written = (error?: Error | null) => void;

/** Lets the first bytes of the body through; an answer that is shorter is not touched, and the failure stays due. */
function interruptAnswer(response: ServerResponse, fault: AnswerFault, consume: () => void): void {
  const [write, end] = [response.write.bind(response), response.end.bind(response)];
  let sentBytes = 0;
  let isOver = false;

  function send(bytes: Buffer, written: Written): boolean {
    const before = fault.afterBytes - sentBytes;
    sentBytes += bytes.length;
    if (isOver || bytes.length < before) return write(bytes, written);
    isOver = true;
    consume();
    return write(bytes.subarray(0, before), () => {
      if (fault.kind === 'cut') response.destroy();
      else setTimeout(() => write(bytes.subarray(before), written), fault.stallMs).unref();
    });
  }

  Object.assign(response, {
    write: (bytes: Buffer, written: Written = () => {}) => send(bytes, written),
    end: (bytes?: Buffer) => (bytes === undefined ? end() : send(bytes, () => end())),
  });
}

function failure(status: number): ApiError {
  return new ApiError(status, REASONS[status] ?? 'backendError', `Retry Test: Caused a ${status}`);
}
