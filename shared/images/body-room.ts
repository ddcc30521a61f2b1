/** Room for the bodies of pictures from their beginning until they have been answered, apart from the room to decode one. */

import { createAdmission } from '../budget/admission.ts';
import { systemClock } from '../budget/budget-clock.ts';
import { RetryableError } from '../errors/retryable-error.ts';

/** A body of no more than its beginning is held by each; more senders than a box is sent requests. */
const BEGINNINGS = 64;
const RETRY_MS = 1_000;
/** Small bodies that may pass a large one. */
const MAX_OVERTAKES = 8;

export interface BodyRoomOptions {
  /** What bodies may take together; a single larger one is read alone. */
  readonly bytes: number;
  /** Bodies that may wait for room at a time, and for how long each. */
  readonly places: number;
  readonly waitMs: number;
}

export interface BodyRoom {
  /** To be disposed of when the beginning is there. Throws RetryableError ('overloaded'). */
  begin(): Disposable;
  /** Rejects with RetryableError ('overloaded') when there is no room in time, the signal's reason when it aborts. */
  enter(costBytes: number, signal: AbortSignal): Promise<Disposable>;
}

export function createBodyRoom({ bytes, places, waitMs }: BodyRoomOptions): BodyRoom {
  let beginnings = 0;
  const admission = createAdmission({
    clock: systemClock,
    gate: () => 'open',
    capacityBytes: () => bytes,
    maxQueued: places,
    maxOvertakes: MAX_OVERTAKES,
  });
  return {
    begin() {
      if (beginnings >= BEGINNINGS) {
        const message = `${beginnings} requests are slow to send their bodies`;
        throw new RetryableError('overloaded', message, { retryAfterMs: RETRY_MS });
      }
      beginnings += 1;
      let isOver = false;
      return {
        [Symbol.dispose]() {
          if (!isOver) beginnings -= 1;
          isOver = true;
        },
      };
    },
    enter: (costBytes, signal) => admission.acquire({ costBytes, deadlineMs: waitMs, signal }),
  };
}
