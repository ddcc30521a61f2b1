/** Runs a box's app in Node as Cloud Run expects: listens on PORT, and on SIGTERM finishes what it has begun. */

import { type HttpBindings, serve } from '@hono/node-server';
import type { BoxBudget } from '../box/box-budget.ts';
import { readBoxEnvironment } from '../box/box-environment.ts';
import { readMemoryLimit } from '../budget/memory-limit.ts';
import { readOwnMemory } from '../budget/memory-meter.ts';
import type { BoxApp } from './box-app.ts';
import { discardRest } from './discard-rest.ts';
import { lingeringClose } from './lingering-close.ts';
import { errorFields, type Log } from './log.ts';
import { withOpaqueBody } from './opaque-body.ts';
import { HttpProblem } from './problem.ts';

export interface ServeOptions {
  readonly port: number;
  readonly log: Log;
  /** Requests still running this long after SIGTERM are cut. Cloud Run itself kills after 10 s. */
  readonly drainMs?: number;
  /** Says when the process should be replaced, and answers /metrics. */
  readonly boxBudget?: BoxBudget;
}

/** What a box tells the process that started it, over IPC where there is a channel. */
export interface ListeningMessage {
  readonly listeningPort: number;
}

/** The box wants to be replaced: nothing more should be sent to it. */
export interface RetiringMessage {
  readonly retiring: string;
}

const MIB = 1024 * 1024;
const TOO_SLOW = 408;
/** While draining, connections that a client keeps open after its last answer are closed this often. */
const IDLE_SWEEP_MS = 100;
/** A box that retires goes when it has nothing in work: not before its message has reached the supervisor. */
const RETIRING_MS = 200;
const RETIRING_POLL_MS = 50;
/** One that is never without work takes no new connections after so long. */
const RETIRING_MOST_MS = 10_000;

/** What is still let in. `closing`: no new connections. `refusing`: no new requests on the others either. */
interface Door {
  closing: boolean;
  refusing: boolean;
  /** Requests in work. */
  inside: number;
}

/**
 * Resolves with the port once the server listens, rejects when it cannot; the process ends by itself after SIGTERM, or
 * when its budget says so. Every response says in `pillbox-peak-mib` what the process has held at most so far.
 */
export function serveBox(app: BoxApp, options: ServeOptions): Promise<number> {
  const { port, log, drainMs = 8_000, boxBudget } = options;
  const environment = readBoxEnvironment(process.env);
  const memory = boxBudget?.limit ?? readMemoryLimit({ statedMiB: environment.MEMORY_LIMIT_MIB });
  const door: Door = { closing: false, refusing: false, inside: 0 };
  app.get('/metrics', (c) => boxBudget?.metrics() ?? c.notFound());
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: (request, bindings) => answer(app, request, bindings as HttpBindings, log, door),
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
    const close = () => {
      if (door.closing) return;
      door.closing = true;
      server.close(() => process.exit(0));
      setInterval(() => 'closeIdleConnections' in server && server.closeIdleConnections(), IDLE_SWEEP_MS);
    };
    process.once('SIGTERM', () => {
      log('INFO', 'draining');
      door.refusing = true;
      close();
      setTimeout(() => {
        log('WARNING', 'requests are cut: the time to drain is over', { drainMs });
        process.exit(0);
      }, drainMs);
    });
    void boxBudget?.due.then((reason) => {
      log('INFO', 'to be replaced', { reason });
      process.send?.({ retiring: reason } satisfies RetiringMessage);
      const sinceMs = performance.now();
      setInterval(() => {
        const forMs = performance.now() - sinceMs;
        if ((forMs >= RETIRING_MS && door.inside === 0) || forMs >= RETIRING_MOST_MS) close();
      }, RETIRING_POLL_MS);
    });
  });
}

async function answer(
  app: BoxApp,
  request: Request,
  bindings: HttpBindings,
  log: Log,
  door: Door,
): Promise<Response> {
  door.inside += 1;
  bindings.outgoing.once('close', () => {
    door.inside -= 1;
  });
  const response = door.refusing ? refusal() : await app.fetch(request, bindings);
  const { incoming, outgoing } = bindings;
  // An answer that is no refusal may be a stream that still reads the body.
  const isRead = response.status < 400 || (await readAway(request, response, incoming));
  outgoing.setHeader('pillbox-peak-mib', Math.ceil(readOwnMemory().peakBytes / MIB));
  if (door.closing) outgoing.setHeader('connection', 'close');
  if (!isRead) lingeringClose(incoming, outgoing);
  return withOpaqueBody(response, log, () => outgoing.destroy());
}

/** False where something of the refused request is left on its connection. */
async function readAway(
  request: Request,
  { status }: Response,
  incoming: HttpBindings['incoming'],
): Promise<boolean> {
  // Nobody waits for the rest of a body that was refused for being slow.
  return status === TOO_SLOW ? incoming.complete : await discardRest(incoming, bodyOf(request));
}

/** Undefined where no handler has begun to read it: to ask for the stream would make it, at a cost. */
function bodyOf(request: Request): ReadableStream<Uint8Array> | undefined {
  return request.bodyUsed ? (request.body ?? undefined) : undefined;
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
