/**
 * A cloud that misbehaves as real ones may: deliveries twice, late, out of order or given up while the work goes on; requests
 * refused, cut, or done and not answered. What, and how often, is data: see chaos/chaos-schedule.ts.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Api } from './api.ts';
import { answer412, cutAnswer, loseAnswer, refuse } from './chaos/answer-fault.ts';
import type { ChaosSchedule } from './chaos/chaos-schedule.ts';
import { cutUpload } from './chaos/cut-upload.ts';
import { createDeliveryChaos } from './chaos/delivery-chaos.ts';
import { callOf, type DisturbedCall, withBody } from './chaos/disturbed-call.ts';
import { createDraw } from './chaos/draw.ts';
import { drawSchedule } from './chaos/draw-schedule.ts';
import { peekBody } from './chaos/peek-body.ts';
import { createRequestChaos, type RequestFaultKind, type Strike } from './chaos/request-chaos.ts';
import type { DeliveryFaults } from './tasks/delivery-faults.ts';

export interface Chaos {
  /** The same delivery always meets the same fault. */
  readonly deliveryFaults: DeliveryFaults;
  /** The same request meets the same fault the first time, and the second; after two it is left alone. */
  disturb(api: Api): Api;
}

export interface ChaosOptions {
  /** Kills the process at the other end of the connection; absent = that fault is not made. */
  readonly killCaller?: ((request: IncomingMessage) => Promise<void> | void) | undefined;
  /** Told of each fault that meets a request. */
  readonly onFault?: (kind: RequestFaultKind, call: DisturbedCall) => void;
}

/** Bodies of tasks are a few KB; of a longer one the beginning tells whether it comes again. */
const PEEKED_BYTES = 64 * 1024;
/** Of an upload that does not say how long it is. */
const LIKELY_BYTES = 16 * 1024;

/** @param chaos a schedule, or a seed alone, which draws one with every kind of fault. */
export function createChaos(chaos: string | ChaosSchedule, options: ChaosOptions = {}): Chaos {
  const given: ChaosSchedule = typeof chaos === 'string' ? { seed: chaos } : chaos;
  const draw = createDraw(given.seed);
  const isDrawn = given.deliveries === undefined && given.requests === undefined;
  const schedule = isDrawn ? drawSchedule(given.seed, draw) : given;
  const { killCaller, onFault } = options;
  const requests = createRequestChaos(schedule.requests ?? [], draw, killCaller !== undefined);
  return {
    deliveryFaults: createDeliveryChaos(schedule.deliveries ?? [], draw),
    disturb: (api) => async (request, response, url) => {
      const call = await fullCallOf(request, url);
      // Whoever went away hears no answer.
      if (call === 'gone') return true;
      const strike = call === undefined ? undefined : requests.next(call);
      if (call === undefined || strike === undefined) return api(request, response, url);
      onFault?.(strike.rule.kind, call);
      if (strike.rule.kind === 'kill-caller') await killCaller?.(request);
      const isServed = begin(strike, { request, response, isTask: call.operation === 'enqueue' });
      return isServed ? api(request, response, url) : true;
    },
  };
}

async function fullCallOf(request: IncomingMessage, url: URL): Promise<DisturbedCall | undefined | 'gone'> {
  const call = callOf(request, url);
  if (call?.operation !== 'enqueue') return call;
  const body = await peekBody(request, PEEKED_BYTES).catch(() => undefined);
  return body === undefined ? 'gone' : withBody(call, body);
}

/** Returns whether the request is to be served, in whatever way it ends. */
function begin(
  { rule, chance }: Strike,
  { request, response, isTask }: { request: IncomingMessage; response: ServerResponse; isTask: boolean },
): boolean {
  switch (rule.kind) {
    case 'cut':
    case 'kill-caller':
      response.destroy();
      return false;
    case 'refuse':
    case 'full-disk':
      request.resume();
      if (rule.kind === 'refuse') refuse(response, rule.status, { isTask });
      else refuse(response, 500, { isTask, message: 'No space is left on the device: chaos was asked for.' });
      return false;
    case 'cut-upload': {
      const announcedBytes = Number(request.headers['content-length'] ?? Number.NaN);
      const sizeBytes = Number.isNaN(announcedBytes) ? LIKELY_BYTES : announcedBytes;
      const { afterBytes = Math.floor(chance * sizeBytes) } = rule;
      const last = Number.isNaN(announcedBytes) ? afterBytes : Math.max(0, announcedBytes - 1);
      cutUpload(request, response, Math.min(afterBytes, last));
      return true;
    }
    case 'cut-download':
      cutAnswer(response, (sizeBytes) => {
        const { afterBytes = Math.floor(chance * sizeBytes) } = rule;
        return Math.min(afterBytes, Math.max(0, sizeBytes - 1));
      });
      return true;
    case 'lose-answer':
      loseAnswer(response);
      return true;
    case 'done-but-412':
      answer412(response);
      return true;
  }
}
