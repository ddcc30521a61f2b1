/** What became of a route's requests in its current minute: who is refused now, and not only how many ever were. */

import { createBoundedCounter } from './bounded-counter.ts';

export type Outcome = 'admitted' | 'overloaded' | 'too-large' | 'aborted';

export interface RecentOutcome {
  readonly route: string;
  readonly outcome: Outcome;
  readonly requests: number;
}

export interface RecentOutcomes {
  /** @param route a pattern, never a path with values in it. */
  add(route: string, outcome: Outcome): void;
  all(): RecentOutcome[];
  /** Above 0 there were more routes than are counted. */
  readonly dropped: number;
}

const WINDOW_MS = 60_000;
/** Of 64 routes, as many as have an estimate of their own. */
const MAX_KEYS = 256;
const OUTCOMES: readonly Outcome[] = ['admitted', 'overloaded', 'too-large', 'aborted'];

export function createRecentOutcomes(nowMs: () => number): RecentOutcomes {
  const counter = createBoundedCounter({ maxKeys: MAX_KEYS, windowMs: WINDOW_MS }, nowMs);
  return {
    add: (route, outcome) => void counter.add(`${OUTCOMES.indexOf(outcome)}${route}`),
    all: () =>
      counter.entries().flatMap(([key, requests]) => {
        const outcome = OUTCOMES[Number(key[0])];
        return outcome === undefined ? [] : [{ route: key.slice(1), outcome, requests }];
      }),
    get dropped() {
      return counter.droppedKeys;
    },
  };
}
