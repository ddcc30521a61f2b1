/** Sends one attempt over HTTP and reports how it was answered; what the answer says is not kept. */

import {
  Agent as HttpAgent,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Clock } from '../clock.ts';

/** An answer is read to its end so that the connection can be used again, but no further than this. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface Outgoing {
  /** http or https. */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** For the whole attempt. */
  readonly deadlineMs: number;
}

/** `failure` says in a few words why no whole answer came; there is then no status. */
export type Answer =
  | { readonly httpStatus: number; readonly retryAfterMs: number | undefined }
  | { readonly httpStatus?: undefined; readonly failure: string };

export interface Sender {
  /** Never rejects. */
  send(outgoing: Outgoing): Promise<Answer>;
  /** Cuts what is under way. */
  close(): void;
}

export function createSender(clock: Clock): Sender {
  const http = new HttpAgent({ keepAlive: true });
  const https = new HttpsAgent({ keepAlive: true });
  return {
    send(outgoing) {
      const { url } = outgoing;
      const open = (options: RequestOptions) =>
        url.startsWith('https:')
          ? requestHttps(url, { ...options, agent: https })
          : requestHttp(url, { ...options, agent: http });
      // Opening throws for a header that HTTP cannot carry.
      return attempt(clock, outgoing, open).catch((error) => ({ failure: describe(error) }));
    },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

function attempt(
  clock: Clock,
  { method, headers, body, deadlineMs }: Outgoing,
  open: (options: RequestOptions) => ReturnType<typeof requestHttp>,
): Promise<Answer> {
  return new Promise((resolve) => {
    const length = body.length > 0 || method === 'POST' ? { 'content-length': body.length } : {};
    const request = open({ method, headers: { ...headers, ...length } });
    const deadline = clock.setTimer(deadlineMs, () => {
      request.destroy(new Error(`no answer within ${deadlineMs / 1000} s`));
    });
    const settle = (answer: Answer) => {
      deadline[Symbol.dispose]();
      resolve(answer);
    };
    request.on('error', (error) => settle({ failure: describe(error) }));
    request.on('response', (response) => {
      readAnswer(response, clock.now()).then(settle, (error) => settle({ failure: describe(error) }));
    });
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage, nowMs: number): Promise<Answer> {
  let sizeBytes = 0;
  for await (const chunk of response) {
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes > MAX_ANSWER_BYTES) break;
  }
  return {
    httpStatus: response.statusCode ?? 0,
    retryAfterMs: parseRetryAfter(response.headers['retry-after'], nowMs),
  };
}

/** Seconds or a date. */
function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  const { code } = error as NodeJS.ErrnoException;
  return code ?? (error.message || 'no answer');
}
