/** The Hono app every box starts from: request ids, access log, problem+json errors, health. For Node and Workers. */

import { Hono, type MiddlewareHandler } from 'hono';
import { requestId } from 'hono/request-id';
import { routePath } from 'hono/route';
import { RetryableError } from '../errors/retryable-error.ts';
import { TerminalError } from '../errors/terminal-error.ts';
import { createLog, errorFields, type Log } from './log.ts';
import { HttpProblem } from './problem.ts';

export interface BoxAppOptions {
  /** The box's name: its folder in functions/. */
  readonly box: string;
  readonly log?: Log;
  /** Rejects while the box cannot take work; absent = ready as soon as it listens. */
  readonly ready?: () => Promise<void>;
}

type BoxVariables = { Variables: { requestId: string } };

export type BoxApp = Hono<BoxVariables>;

/** A longer request id is replaced by one of our own, as is one with anything but letters, digits, `_`, `-`, `=`. */
const REQUEST_ID_MAX_LENGTH = 128;
/** What proxies log for a client that has hung up. */
const CLIENT_GONE = 499;

/** Any error as the answer to give: known classes keep their message, everything else is a bare 500. */
export function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof TerminalError) {
    return new HttpProblem(422, error.code, 'Cannot be done', {
      detail: error.message,
      ...(error.fields.length > 0 ? { errors: error.fields } : {}),
    });
  }
  if (error instanceof RetryableError) {
    const overloaded = error.code === 'overloaded';
    const seconds = error.retryAfterMs === undefined ? undefined : Math.ceil(error.retryAfterMs / 1000);
    return new HttpProblem(overloaded ? 503 : 500, error.code, overloaded ? 'Overloaded' : 'Try again', {
      detail: error.message,
      ...(seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } }),
    });
  }
  return new HttpProblem(500, 'internal', 'Internal error');
}

/** The app without routes of its own: add them, then serve it with serveBox or export it from a Worker. */
export function createBoxApp({ box, log = createLog(box), ready }: BoxAppOptions): BoxApp {
  const app: BoxApp = new Hono();
  app.use(requestId({ limitLength: REQUEST_ID_MAX_LENGTH }), accessLog(log));
  app.get('/health/live', (c) => c.json({ live: true, box }));
  app.get('/health/ready', async (c) => {
    await ready?.();
    return c.json({ ready: true, box });
  });
  app.notFound((c) =>
    new HttpProblem(404, 'no-such-route', 'Not found', {
      detail: `${c.req.method} is not answered at this path`,
    }).toResponse(c.get('requestId')),
  );
  app.onError((error, c) => {
    // Given up because nobody reads the answer: no fault of ours. Any other error stays one, whoever has gone.
    if (error === c.req.raw.signal.reason) return new Response(null, { status: CLIENT_GONE });
    const answer = toProblem(error);
    if (answer.status >= 500) {
      const known = error instanceof RetryableError || error instanceof HttpProblem;
      log('ERROR', known ? error.message : 'unexpected error', {
        requestId: c.get('requestId'),
        route: c.req.routePath,
        code: answer.code,
        ...(known ? {} : errorFields(error)),
      });
    }
    return answer.toResponse(c.get('requestId'));
  });
  return app;
}

/** One line a request: the route's pattern, as a path may hold an id. `ms` ends where a streamed body begins. */
function accessLog(log: Log): MiddlewareHandler<BoxVariables> {
  return async (c, next) => {
    const startMs = performance.now();
    await next();
    const pattern = routePath(c, -1);
    // Asked every second by whoever watches.
    if (pattern.startsWith('/health/') || pattern === '/metrics') return;
    const route = pattern === '/*' ? 'no route' : pattern;
    const { method } = c.req;
    const { status } = c.res;
    const ms = Math.round(performance.now() - startMs);
    log('INFO', `${method} ${route} ${status}`, { requestId: c.get('requestId'), method, route, status, ms });
  };
}
