/**
 * One HTTP exchange with Cloud Storage, over connections that are kept. Straight on Node's client: a batch makes several
 * exchanges a record, and Google's HTTP client pipes every answer through two more streams.
 */

import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request as requestPlain } from 'node:http';
import { request as requestSecure, Agent as SecureAgent } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { ObjectBody } from './object-store.ts';

export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: ObjectBody;
}

/** Cloud Storage answers within seconds; a connection on which nothing moves for so long is dead. */
const QUIET_LIMIT_MS = 60_000;
const AGENT_OPTIONS = { keepAlive: true, scheduling: 'fifo' } as const;

const plainAgent = new Agent(AGENT_OPTIONS);
const secureAgent = new SecureAgent(AGENT_OPTIONS);

/**
 * Resolves with an answer of 2xx, its body still to be read or destroyed. Rejects with an error that has the `status` of
 * any other answer or the `code` of what went wrong on the way, or with what a streamed body throws.
 */
export async function exchange(
  { method, url, headers, body }: Exchange,
  quietLimitMs = QUIET_LIMIT_MS,
): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  const send = isSecure ? requestSecure : requestPlain;
  const agent = isSecure ? secureAgent : plainAgent;
  const whole = typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : undefined;
  const length = whole === undefined ? {} : { 'content-length': whole.byteLength };
  const request = send(url, { method, agent, headers: { ...headers, ...length }, timeout: quietLimitMs });
  const onTimeout = (): void => {
    // A body that is still being made may pause for as long as its maker takes.
    const waitsForBody = body !== undefined && !request.writableEnded && request.writableLength === 0;
    if (!waitsForBody) return void request.destroy(withCode('ETIMEDOUT'));
    // The request hears of its connection's first timeout alone.
    request.socket?.setTimeout(quietLimitMs).once('timeout', onTimeout);
  };
  request.once('timeout', onTimeout);
  request.once('close', () => request.socket?.off('timeout', onTimeout));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
  // Not waited for at once: while a long body is being sent.
  answered.catch(() => {});
  if (body === undefined || whole !== undefined) request.end(whole);
  else await sendStream(body as AsyncIterable<Uint8Array>, request, answered);
  return accepted(await answered);
}

/** Ends early, without an error, when the answer comes before the body has ended. */
async function sendStream(
  body: AsyncIterable<Uint8Array>,
  request: NodeJS.WritableStream & { destroy(error?: Error): unknown },
  answered: Promise<IncomingMessage>,
): Promise<void> {
  let sourceFailure: { readonly error: unknown } | undefined;
  const sent = pipeline(watched(body), request);
  try {
    await Promise.race([sent, answered]);
  } catch (error) {
    throw sourceFailure === undefined ? error : sourceFailure.error;
  } finally {
    sent.catch(() => {});
  }

  async function* watched(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (error) {
      sourceFailure = { error };
      throw error;
    }
  }
}

async function accepted(answer: IncomingMessage): Promise<IncomingMessage> {
  const { statusCode: status = 0 } = answer;
  if (status >= 200 && status < 300) return answer;
  // What it says is not read on: it may repeat what was sent.
  answer.resume();
  throw Object.assign(new Error(`storage answered ${status}`), { status });
}

const withCode = (code: string) => Object.assign(new Error(code), { code });
