/** Where the local cloud takes its time from: the system's clock, or one that a test moves. */

/** Node's timers take at most 2^31 - 1 ms; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

export interface Timer {
  /** Cancels the timer; after it has run this does nothing. */
  [Symbol.dispose](): void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once, `delayMs` from now or a little later; a pending timer does not keep the process alive. */
  setTimer(delayMs: number, run: () => void): Timer;
}

export interface TestClock extends Clock {
  /** Moves the time on, running the timers that come due, in order of their time. */
  advance(ms: number): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer: (delayMs, run) => startSystemTimer(Date.now() + Math.max(0, delayMs), run),
};

/** A clock that stands still until it is moved. */
export function createTestClock(startMs = Date.UTC(2026, 0, 1)): TestClock {
  let nowMs = startMs;
  const pending = new Set<{ dueMs: number; run: () => void }>();

  function advance(ms: number): void {
    const endMs = nowMs + ms;
    for (;;) {
      const due = [...pending].filter((timer) => timer.dueMs <= endMs);
      const next = due.sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined) break;
      pending.delete(next);
      nowMs = Math.max(nowMs, next.dueMs);
      next.run();
    }
    nowMs = endMs;
  }

  return {
    now: () => nowMs,
    setTimer(delayMs, run) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), run };
      pending.add(timer);
      return { [Symbol.dispose]: () => void pending.delete(timer) };
    },
    advance,
  };
}

function startSystemTimer(dueMs: number, run: () => void): Timer {
  let handle = arm();
  function arm(): NodeJS.Timeout {
    const remainingMs = Math.max(0, dueMs - Date.now());
    const step = () => {
      if (remainingMs <= MAX_TIMER_MS) run();
      else handle = arm();
    };
    return setTimeout(step, Math.min(remainingMs, MAX_TIMER_MS)).unref();
  }
  return { [Symbol.dispose]: () => clearTimeout(handle) };
}
