/** Sends one attempt over HTTP and reports how it was answered; what the answer says is not kept. */

import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Clock } from '../clock.ts';

/** As many as fetch follows. */
const MAX_REDIRECTS = 20;

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
  /** Whether a redirect is followed, as Cloud Tasks does, or is the answer. */
  readonly followsRedirects?: boolean;
}

/** `failure` says in a few words why no whole answer came; there is then no status. `isLate`: the deadline had passed. */
export type Answer =
  | { readonly httpStatus: number; readonly retryAfterMs: number | undefined; readonly failure?: undefined }
  | { readonly httpStatus?: undefined; readonly failure: string; readonly isLate?: true };

export interface Sender {
  /** Never rejects. */
  send(outgoing: Outgoing): Promise<Answer>;
  /** Cuts what is under way. */
  close(): void;
}

export function createSender(clock: Clock): Sender {
  const http = new HttpAgent({ keepAlive: true });
  const https = new HttpsAgent({ keepAlive: true });
  const open: Open = (url, options) =>
    url.startsWith('https:')
      ? requestHttps(url, { ...options, agent: https })
      : requestHttp(url, { ...options, agent: http });
  return {
    // Opening throws for a header that HTTP cannot carry.
    send: (outgoing) => attempt(clock, outgoing, open).catch((error) => ({ failure: describe(error) })),
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

type Open = (url: string, options: RequestOptions) => ClientRequest;

async function attempt(clock: Clock, outgoing: Outgoing, open: Open): Promise<Answer> {
  const { deadlineMs } = outgoing;
  const late = `no answer within ${deadlineMs / 1000} s`;
  let current: ClientRequest | undefined;
  let isLate = false;
  using _deadline = clock.setTimer(deadlineMs, () => {
    isLate = true;
    current?.destroy();
  });
  const openInTime: Open = (url, options) => {
    current = open(url, options);
    return current;
  };
  try {
    let next: Outgoing | undefined = outgoing;
    for (let redirects = 0; next !== undefined && !isLate; redirects += 1) {
      const { answer, location } = await exchange(clock, next, openInTime);
      if (location === undefined || redirects === MAX_REDIRECTS) return answer;
      next = redirected(next, answer.httpStatus, location);
      if (next === undefined) return answer;
    }
    return { failure: late, isLate: true };
  } catch (error) {
    return isLate ? { failure: late, isLate: true } : { failure: describe(error) };
  }
}

type Answered = Extract<Answer, { httpStatus: number }>;

/** One request and its whole answer; `location` where it is a redirect to follow. */
function exchange(
  clock: Clock,
  { url, method, headers, body, followsRedirects = false }: Outgoing,
  open: Open,
): Promise<{ answer: Answered; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const length = body.length > 0 || method === 'POST' ? { 'content-length': body.length } : {};
    const request = open(url, { method, headers: { ...headers, ...length } });
    request.on('error', reject);
    request.on('response', (response) => {
      const { location } = response.headers;
      readAnswer(response, clock.now()).then((answer) => {
        const isRedirect = followsRedirects && [301, 302, 303, 307, 308].includes(answer.httpStatus);
        resolve({ answer, location: isRedirect ? location : undefined });
      }, reject);
    });
    request.end(body);
  });
}

/** As fetch does: 307 and 308 repeat the request, the others ask with GET. Undefined where it leads to no web server. */
function redirected(from: Outgoing, httpStatus: number, location: string): Outgoing | undefined {
  if (!URL.canParse(location, from.url)) return undefined;
  const to = new URL(location, from.url);
  if (!/^https?:$/.test(to.protocol)) return undefined;
  const { authorization, ...others } = from.headers;
  const isSameOrigin = to.origin === new URL(from.url).origin;
  const headers = isSameOrigin && authorization !== undefined ? from.headers : others;
  if (httpStatus === 307 || httpStatus === 308) return { ...from, url: to.href, headers };
  const { 'content-type': _, ...bodiless } = headers;
  const method = from.method === 'HEAD' ? 'HEAD' : 'GET';
  return { ...from, url: to.href, method, headers: bodiless, body: new Uint8Array() };
}

async function readAnswer(response: IncomingMessage, nowMs: number): Promise<Answered> {
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
