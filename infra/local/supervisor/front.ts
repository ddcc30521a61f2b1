/** The one address of all boxes: `/<box>/<path>` is answered by an instance of the box at `/<path>`. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { REQUEST_LIMIT_BYTES } from '../../../shared/http/discard-rest.ts';
import { HttpProblem } from '../../../shared/http/problem.ts';
import { isLocalCaller } from '../local-caller.ts';
import type { Lease } from './box-pool.ts';
import type { BoxReport } from './box-report.ts';
import { isTooLarge, refuse, requestTooLarge } from './refuse.ts';
import { type RelayOutcome, relay } from './relay.ts';

/** What the front needs to know of a box. */
export interface FrontBox {
  readonly limitMiB: number;
  readonly timeoutMs: number;
  acquire(signal: AbortSignal): Promise<Lease>;
}

/** No box is named so: names begin with a letter. */
export const REPORT_PATH = '/_pillbox/boxes';
/** How long after a broken connection the end of its process may take to be known. */
const END_KNOWN_MS = 500;

/** @param report what `REPORT_PATH` answers */
export function createFront(
  boxes: ReadonlyMap<string, FrontBox>,
  report: () => Promise<readonly BoxReport[]> = async () => [],
): Server {
  const server = createServer((incoming, outgoing) => {
    const answered =
      incoming.url === REPORT_PATH
        ? answerReport(report, incoming, outgoing)
        : answer(boxes, incoming, outgoing);
    answered.catch((error: unknown) => {
      if (outgoing.headersSent) outgoing.destroy();
      else void refuse(incoming, outgoing, asProblem(error));
    });
  });
  // Node's own limit of five minutes for a whole request is shorter than a function may take.
  server.requestTimeout = 0;
  return server;
}

async function answer(
  boxes: ReadonlyMap<string, FrontBox>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  refuseStrangers(incoming);
  const [, name = '', path = ''] = /^\/([^/?]*)(.*)$/.exec(incoming.url ?? '') ?? [];
  const box = boxes.get(name);
  if (box === undefined) {
    const detail = `there is no such box; there are: ${[...boxes.keys()].join(', ')}`;
    throw new HttpProblem(404, 'no-such-box', 'Not found', { detail });
  }
  if (isTooLarge(incoming)) throw requestTooLarge();
  const lease = await acquire(box, outgoing);
  let outcome: RelayOutcome = 'broken';
  try {
    outcome = await relay(incoming, outgoing, {
      port: lease.port,
      path: path.startsWith('/') ? path : `/${path}`,
      timeoutMs: box.timeoutMs,
      limitBytes: REQUEST_LIMIT_BYTES,
    });
    const problem = await problemOf(outcome, name, box, lease);
    if (problem !== undefined && !outgoing.headersSent) throw problem;
  } finally {
    lease.release(outcome === 'answered');
  }
}

async function answerReport(
  report: () => Promise<readonly BoxReport[]>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  refuseStrangers(incoming);
  const body = JSON.stringify({ boxes: await report() });
  outgoing.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(body);
}

function refuseStrangers(incoming: IncomingMessage): void {
  if (isLocalCaller(incoming.headers)) return;
  const detail = 'these boxes serve this machine only';
  throw new HttpProblem(403, 'not-local', 'Forbidden', { detail });
}

/** Who hangs up while waiting for an instance gives up the place in the line. */
async function acquire(box: FrontBox, outgoing: ServerResponse): Promise<Lease> {
  const gone = new AbortController();
  const onClose = () => gone.abort();
  outgoing.once('close', onClose);
  try {
    return await box.acquire(gone.signal);
  } finally {
    outgoing.off('close', onClose);
  }
}

/** What the client is told in place of the instance's answer; undefined where it has one, or has gone. */
async function problemOf(
  outcome: RelayOutcome,
  name: string,
  box: FrontBox,
  lease: Lease,
): Promise<HttpProblem | undefined> {
  if (outcome === 'answered' || outcome === 'client-gone') return undefined;
  if (outcome === 'too-large') return requestTooLarge();
  if (outcome === 'timed-out') {
    const detail = `${name} did not answer within ${box.timeoutMs / 1000} s`;
    return new HttpProblem(504, 'timed-out', 'Timed out', { detail });
  }
  const end = await Promise.race([lease.ended, delay(END_KNOWN_MS, undefined)]);
  const detail =
    end?.cause === 'memory'
      ? `${name} was killed over its memory limit of ${box.limitMiB} MiB`
      : `${name} ended the connection before it had answered${end === undefined ? '' : ` (${end.reason})`}`;
  const code = end?.cause === 'memory' ? 'out-of-memory' : 'instance-died';
  return new HttpProblem(502, code, 'No answer', { detail });
}

function asProblem(error: unknown): HttpProblem {
  return error instanceof HttpProblem ? error : new HttpProblem(500, 'internal', 'Internal error');
}
