/** The edge of a model service: answers what the Worker can, and streams the rest to the function behind it. */

import { TerminalError } from '../errors/terminal-error.ts';
import type { BoxApp } from '../http/box-app.ts';
import { createLog } from '../http/log.ts';
import { HttpProblem } from '../http/problem.ts';
import type { TabularPlace } from './tabular-service.ts';

/** Seconds that a caller is told to wait for a function that does not answer: about two cold starts. */
const RETRY_AFTER_SECONDS = 2;

export interface EdgeEnvironment {
  /** Where the function is, such as https://diabetes.example or http://127.0.0.1:8789/diabetes. */
  readonly FUNCTION_ORIGIN?: string;
}

export interface EdgeWorkerOptions {
  /** The box's name; the Worker serves `/<box>/*` and everything below sees the path without it. */
  readonly box: string;
  readonly createApp: (place: TabularPlace) => BoxApp;
  /** By the file that a card names. */
  readonly modelTexts: Readonly<Record<string, string>>;
}

export interface EdgeWorker {
  fetch(request: Request, env: EdgeEnvironment): Promise<Response>;
}

export function createEdgeWorker({ box, createApp, modelTexts }: EdgeWorkerOptions): EdgeWorker {
  const log = createLog(box);
  const passOn = async (request: Request, env: EdgeEnvironment): Promise<Response> => {
    if (env.FUNCTION_ORIGIN === undefined) {
      throw new HttpProblem(500, 'not-configured', 'Not configured', {
        detail: 'FUNCTION_ORIGIN is not set',
      });
    }
    const { pathname, search } = new URL(request.url);
    const target = env.FUNCTION_ORIGIN.replace(/\/$/, '') + pathname + search;
    try {
      const answer = await fetch(new Request(target, request), { redirect: 'manual' });
      const passedOn = new Response(answer.body, answer);
      passedOn.headers.set('pillbox-served-by', 'function');
      return passedOn;
    } catch {
      throw new HttpProblem(503, 'function-unreachable', 'Service unavailable', {
        detail: `the ${box} function does not answer; try again in ${RETRY_AFTER_SECONDS} s`,
        headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
      });
    }
  };
  const app = createApp({
    servedBy: 'edge',
    loadModelText: async ({ file }) => {
      const text = modelTexts[file];
      if (text === undefined) throw new TerminalError('model-invalid', `the Worker has no file ${file}`);
      return text;
    },
    // The function may have versions out of a bucket that the Worker knows nothing of.
    passOn: (request, env) => passOn(request, env as EdgeEnvironment),
    log,
  });
  // For whoever runs the box, not for its callers.
  app.all('/metrics', () => {
    throw new HttpProblem(404, 'no-such-route', 'Not found', { detail: 'this path is not public' });
  });
  app.notFound((c) => passOn(c.req.raw, c.env as EdgeEnvironment));
  return {
    async fetch(request, env) {
      try {
        const inner = withoutPrefix(request, box);
        return await (wantsFunction(request) ? passOn(inner, env) : app.fetch(inner, env));
      } catch (error) {
        if (!(error instanceof HttpProblem)) throw error;
        if (error.status >= 500) log('ERROR', error.message, { code: error.code });
        return error.toResponse();
      }
    },
  };
}

function withoutPrefix(request: Request, box: string): Request {
  const url = new URL(request.url);
  const [, prefix, ...rest] = url.pathname.split('/');
  if (prefix !== box) {
    throw new HttpProblem(404, 'no-such-route', 'Not found', { detail: `this Worker serves /${box}/` });
  }
  url.pathname = `/${rest.join('/')}`;
  return new Request(url, request);
}

/** `pillbox-run-at: function` asks for the function even where the edge could answer. */
function wantsFunction(request: Request): boolean {
  const place = request.headers.get('pillbox-run-at') ?? 'edge';
  if (place === 'edge' || place === 'function') return place === 'function';
  throw new HttpProblem(400, 'header-invalid', 'Invalid header', {
    detail: 'pillbox-run-at must be edge or function',
  });
}
