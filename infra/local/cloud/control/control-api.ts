/** The local cloud's own controls: its clock, for tests, and the reset of all its state. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Api } from '../api.ts';
import type { Clock } from '../clock.ts';
import { isMovable } from '../clock-movable.ts';
import { readJson, sendJson, sendJsonError } from './json-answer.ts';

const CLOCK_PATH = '/_pillbox/clock';
const INSTANCE_PATH = '/_pillbox/instance';
const RESET_PATH = '/_pillbox/reset';

/** Ten years: beyond it, dates may leave what clients can read. */
const MAX_ADVANCE_MS = 10 * 365 * 24 * 3_600_000;

const advanceSchema = z.strictObject({
  advanceMs: z.number().min(0).max(MAX_ADVANCE_MS),
  /** See MovableClock. */
  settleMs: z.number().min(0).max(600_000).optional(),
});

export interface ControlOptions {
  /** Random, of this run of the local cloud. */
  readonly instanceId: string;
  readonly clock: Clock;
  /** Resolves when no task and no event is under way or due. */
  readonly settled: () => Promise<void>;
  /** Empties the state. */
  readonly reset: () => Promise<void>;
}

/**
 * `GET /_pillbox/clock`; `POST /_pillbox/clock {"advanceMs": N}`, where the clock may be moved; `GET /_pillbox/instance`;
 * `POST /_pillbox/reset?instance=ID`, refused by another instance than the one that is meant.
 */
export function createControlApi({ instanceId, clock, settled, reset }: ControlOptions): Api {
  async function advance(request: IncomingMessage, response: ServerResponse): Promise<true> {
    const asked = advanceSchema.safeParse(await readJson(request));
    if (!isMovable(clock)) {
      return sendJsonError(
        response,
        412,
        'The clock is the system clock: start with --test-clock to move it.',
      );
    }
    if (!asked.success)
      return sendJsonError(response, 400, 'The body must be {"advanceMs": a number from 0 on}.');
    await clock.advance(asked.data.advanceMs, settled, asked.data.settleMs);
    return sendJson(response, { nowMs: clock.now() });
  }

  return async (request, response, url) => {
    switch (`${request.method} ${url.pathname}`) {
      case `GET ${CLOCK_PATH}`:
        request.resume();
        return sendJson(response, { nowMs: clock.now(), isMovable: isMovable(clock) });
      case `GET ${INSTANCE_PATH}`:
        request.resume();
        return sendJson(response, { id: instanceId, pid: process.pid, parentPid: process.ppid });
      case `POST ${CLOCK_PATH}`:
        return advance(request, response);
      case `POST ${RESET_PATH}`:
        request.resume();
        if ((url.searchParams.get('instance') ?? instanceId) !== instanceId)
          return sendJsonError(
            response,
            409,
            'Another local cloud listens here by now; nothing was removed.',
          );
        await reset();
        return sendJson(response, {});
      default:
        return false;
    }
  };
}
