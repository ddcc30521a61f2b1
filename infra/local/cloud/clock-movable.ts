/** A clock that runs with the system's and can be moved on: hours of back-off pass in the time that the work takes. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './clock.ts';

/** Node's timers take at most 2^31 - 1 ms. */
const MAX_TIMER_MS = 2_147_483_647;

/** How long, of real time, a step waits for the work that it sets off; what takes longer is overtaken by the clock. */
const SETTLE_LIMIT_MS = 2_000;

export interface MovableClock extends Clock {
  /**
   * Moves the time on by `ms`, from one timer to the next; after each it waits until `settled` resolves, but no longer
   * than `settleLimitMs` of real time. Calls follow one another.
   */
  advance(ms: number, settled: () => Promise<void>, settleLimitMs?: number): Promise<void>;
}

export function isMovable(clock: Clock): clock is MovableClock {
  return 'advance' in clock && 'isMovable' in clock;
}

interface Pending {
  readonly dueMs: number;
  readonly run: () => void;
}

export function createMovableClock(): MovableClock & { readonly isMovable: true } {
  const pending = new Set<Pending>();
  let aheadMs = 0;
  let handle: NodeJS.Timeout | undefined;
  let lastAdvance = Promise.resolve();
  const now = () => Date.now() + aheadMs;

  function earliest(): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of pending) if (first === undefined || timer.dueMs < first.dueMs) first = timer;
    return first;
  }

  function arm(): void {
    clearTimeout(handle);
    const next = earliest();
    if (next === undefined) return;
    handle = setTimeout(runDue, Math.min(MAX_TIMER_MS, Math.max(0, next.dueMs - now()))).unref();
  }

  function runDue(): void {
    for (let next = earliest(); next !== undefined && next.dueMs <= now(); next = earliest()) {
      pending.delete(next);
      next.run();
    }
    arm();
  }

  /** Forward only: the system's clock may have passed it by now. */
  function moveTo(timeMs: number): void {
    aheadMs += Math.max(0, timeMs - now());
    runDue();
  }

  async function advance(ms: number, settled: () => Promise<void>, limitMs: number): Promise<void> {
    const endMs = now() + ms;
    const settle = () => Promise.race([settled(), sleep(limitMs, undefined, { ref: false })]);
    await settle();
    for (let next = earliest(); next !== undefined && next.dueMs <= endMs; next = earliest()) {
      moveTo(next.dueMs);
      await settle();
    }
    moveTo(endMs);
    await settle();
  }

  return {
    isMovable: true,
    now,
    setTimer(delayMs, run) {
      const timer = { dueMs: now() + Math.max(0, delayMs), run };
      pending.add(timer);
      arm();
      return {
        [Symbol.dispose]() {
          pending.delete(timer);
          arm();
        },
      };
    },
    advance(ms, settled, settleLimitMs = SETTLE_LIMIT_MS) {
      const mine = lastAdvance.then(() => advance(ms, settled, settleLimitMs));
      lastAdvance = mine.catch(() => {});
      return mine;
    },
  };
}
