/** Counts the faults that a run meets: those of its requests, by kind and as they are answered, and those of deliveries. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createChaos } from '../../../infra/local/cloud/chaos.ts';
import { QUEUES } from '../../fixtures/pipeline/served-boxes.ts';
import type { Worker } from '../schedules/worker.ts';

/** Node's own channel: each request that a server of this process gets. */
const ASKED = 'http.server.request.start';
const QUEUE_PREFIX = `projects/${QUEUES.projectId}/locations/${QUEUES.location}/queues/`;
/** That a well cloud answers nobody here. */
const REFUSALS = new Set([429, 500, 503, 507]);

export interface FaultWatch {
  /** How often each was met: kinds of faults of requests, statuses of refusals, fields of a delivery's fault. */
  readonly met: ReadonlyMap<string, number>;
  /** To be told of each fault of a request. */
  sawFault(kind: string): void;
  /** To be told of each task as it comes to its box. */
  sawDelivery(request: Request, worker: Worker): void;
  /** Looks at the statuses that the server at this origin answers, until it is disposed of. */
  answersOf(origin: string): Disposable;
}

/** @param seed of the chaos, whose faults of deliveries follow from the task and its attempt; absent = there is none. */
export function createFaultWatch(seed: string | undefined): FaultWatch {
  const met = new Map<string, number>();
  const count = (kind: string) => void met.set(kind, (met.get(kind) ?? 0) + 1);
  const chaos = seed === undefined ? undefined : createChaos(seed);
  return {
    met,
    sawFault: count,
    sawDelivery({ headers, signal }, worker) {
      const queue = headers.get('x-cloudtasks-queuename');
      const id = headers.get('x-cloudtasks-taskname');
      if (queue === null || id === null || chaos === undefined) return;
      const attempt = Number(headers.get('x-cloudtasks-taskretrycount')) + 1;
      const { deadlineMs, ...others } =
        chaos.deliveryFaults({ queue: QUEUE_PREFIX + queue, id, attempt }) ?? {};
      for (const kind of Object.keys(others)) count(kind);
      if (deadlineMs === undefined) return;
      // The deadline may be longer than the work takes.
      signal.addEventListener('abort', () => {
        if (!worker.isKilled) count('deadlineMs');
      });
    },
    answersOf(origin) {
      const port = Number(new URL(origin).port);
      const onAsked = (message: unknown) => {
        const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
        if (request.socket.localPort !== port) return;
        response.once('finish', () => {
          if (REFUSALS.has(response.statusCode)) count(String(response.statusCode));
        });
      };
      subscribe(ASKED, onAsked);
      return { [Symbol.dispose]: () => void unsubscribe(ASKED, onAsked) };
    },
  };
}
