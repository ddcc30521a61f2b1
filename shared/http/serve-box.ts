/** Runs a box's app in Node as Cloud Run expects: listens on PORT, and on SIGTERM finishes what it has begun. */

import { type HttpBindings, serve } from '@hono/node-server';
import { readBoxEnvironment } from '../box/box-environment.ts';
import { readMemoryLimit } from '../budget/memory-limit.ts';
import { readOwnMemory } from '../budget/memory-meter.ts';
import type { BoxApp } from './box-app.ts';
import { errorFields, type Log } from './log.ts';
import { withOpaqueBody } from './opaque-body.ts';
import { HttpProblem } from './problem.ts';

export interface ServeOptions {
  readonly port: number;
  readonly log: Log;
  /** Requests still running this long after SIGTERM are cut. Cloud Run itself kills after 10 s. */
  readonly drainMs?: number;
}

/** What a box tells the process that started it, over IPC where there is a channel. */
export interface ListeningMessage {
  readonly listeningPort: number;
}

const MIB = 1024 * 1024;
/** While draining, connections that a client keeps open after its last answer are closed this often. */
const IDLE_SWEEP_MS = 100;

/**
 * Resolves with the port once the server listens, rejects when it cannot; the process ends by itself after SIGTERM.
 * Every response says in `pillbox-peak-mib` what the process has held at most so far.
 */
export function serveBox(app: BoxApp, { port, log, drainMs = 8_000 }: ServeOptions): Promise<number> {
  const environment = readBoxEnvironment(process.env);
  const memory = readMemoryLimit({ statedMiB: environment.MEMORY_LIMIT_MIB });
  const drain = { begun: false };
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: (request, bindings) => answer(app, request, bindings as HttpBindings, log, drain),
        port,
        ...(environment.PILLBOX_LISTEN_HOST === undefined
          ? {}
          : { hostname: environment.PILLBOX_LISTEN_HOST }),
      },
      (address) => {
        const limitMiB = Math.floor(memory.limitBytes / MIB);
        log('INFO', 'listening', { port: address.port, limitMiB, limitSource: memory.source });
        server.off('error', reject);
        exitOnUncaught(log);
        process.send?.({ listeningPort: address.port } satisfies ListeningMessage);
        resolve(address.port);
      },
    );
    server.on('error', reject);
    process.once('SIGTERM', () => {
      log('INFO', 'draining');
      drain.begun = true;
      server.close(() => process.exit(0));
      setInterval(() => 'closeIdleConnections' in server && server.closeIdleConnections(), IDLE_SWEEP_MS);
      setTimeout(() => {
        log('WARNING', 'requests are cut: the time to drain is over', { drainMs });
        process.exit(0);
      }, drainMs);
    });
  });
}

async function answer(
  app: BoxApp,
  request: Request,
  bindings: HttpBindings,
  log: Log,
  drain: { readonly begun: boolean },
): Promise<Response> {
  const response = drain.begun ? refusal() : await app.fetch(request, bindings);
  const { outgoing } = bindings;
  outgoing.setHeader('pillbox-peak-mib', Math.ceil(readOwnMemory().peakBytes / MIB));
  if (drain.begun) outgoing.setHeader('connection', 'close');
  return withOpaqueBody(response, log, () => outgoing.destroy());
}

/** Only connections opened before SIGTERM get as far as this: nothing new is accepted. */
function refusal(): Response {
  return new HttpProblem(503, 'draining', 'Going away', {
    detail: 'this instance is about to end',
    headers: { 'retry-after': '1' },
  }).toResponse();
}

/** In place of Node's own report, which prints the error's message, and with it what the message quotes. */
function exitOnUncaught(log: Log): void {
  process.on('uncaughtException', (error) => {
    log('ERROR', 'uncaught error: the process ends', errorFields(error));
    process.exit(1);
  });
}
