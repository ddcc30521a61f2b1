/** A cloud that misbehaves as real ones may, drawn from a seed: deliveries twice, late or out of order; requests refused, cut, or done and not answered. */

import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Api } from './api.ts';
import type { DeliveryFault, DeliveryFaults } from './tasks/delivery-faults.ts';

export interface Chaos {
  /** The same delivery always meets the same fault. */
  readonly deliveryFaults: DeliveryFaults;
  /** Draws in the order in which requests come. */
  disturb(api: Api): Api;
}

/** From here on a delivery is left alone: a task may fail as often as its queue allows, and not for ever. */
const CALM_ATTEMPT = 5;
const MAX_DELAY_MS = 2_000;
/** Of requests for objects of jobs. What its user sends, such as data and job.json, is left alone: not all of it is sent again. */
const JOB_OBJECT = /(?:\/o\/|[?&]name=)jobs(?:%2F|\/)(?!.*job\.json)/i;

export function createChaos(seed: string): Chaos {
  const draw = (key: string): number =>
    createHmac('sha256', seed).update(key).digest().readUInt32BE(0) / 2 ** 32;
  let requests = 0;
  return {
    deliveryFaults({ queue, id, attempt }) {
      if (attempt >= CALM_ATTEMPT) return undefined;
      return deliveryFault(draw(`delivery/${queue}/${id}/${attempt}`));
    },
    disturb: (api) => async (request, response, url) => {
      if (!JOB_OBJECT.test(`${url.pathname}${url.search}`)) return api(request, response, url);
      requests += 1;
      const fault = requestFault(draw(`request/${requests}`));
      if (fault === 'cut') {
        request.destroy();
        return true;
      }
      if (fault === 'lose-answer') loseAnswer(response);
      else if (fault !== undefined) {
        request.resume();
        refuse(response, fault);
        return true;
      }
      return api(request, response, url);
    },
  };
}

function deliveryFault(drawn: number): DeliveryFault | undefined {
  if (drawn < 0.15) return { duplicate: 1 };
  if (drawn < 0.3) return { delayMs: ((drawn - 0.15) / 0.15) * MAX_DELAY_MS };
  return drawn < 0.4 ? { reorder: 1 + Math.floor((drawn - 0.3) * 30) } : undefined;
}

function requestFault(drawn: number): 429 | 503 | 'cut' | 'lose-answer' | undefined {
  if (drawn < 0.015) return 503;
  if (drawn < 0.03) return 429;
  if (drawn < 0.04) return 'cut';
  return drawn < 0.06 ? 'lose-answer' : undefined;
}

function refuse(response: ServerResponse, code: 429 | 503): void {
  const message = 'Chaos was asked for.';
  response.writeHead(code, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify({ error: { code, message, errors: [{ message, reason: 'chaos' }] } }));
}

/** What was asked for is done; the connection ends in place of the first byte of the answer. */
function loseAnswer(response: ServerResponse): void {
  response.write = () => {
    response.destroy();
    return false;
  };
  response.end = () => response.destroy();
}
