/** Finds the smallest limit at which a function holds, and how many requests at once it takes there. */

import type { Trial, TryAt } from './trial.ts';

export const STEP_MIB = 8;

export interface LimitRange {
  readonly fromMiB: number;
  readonly toMiB: number;
}

/**
 * Bisects from `fromMiB` in steps of 8 MiB; `toMiB` is tried first, as it is. Returns the trial that confirmed the
 * limit, so that it has held twice; undefined when not even `toMiB` holds.
 */
export async function smallestLimit(
  tryAt: TryAt,
  { fromMiB, toMiB }: LimitRange,
): Promise<Trial | undefined> {
  if ((await tryAt(toMiB, 1)).outcome !== 'holds') return undefined;
  const last = Math.ceil((toMiB - fromMiB) / STEP_MIB);
  const limitOf = (step: number) => Math.min(toMiB, fromMiB + step * STEP_MIB);
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await tryAt(limitOf(middle), 1)).outcome === 'holds') high = middle;
    else low = middle + 1;
  }
  // A limit that held once by luck is not one that holds.
  for (let step = high; step <= last; step++) {
    const again = await tryAt(limitOf(step), 1);
    if (again.outcome === 'holds') return again;
  }
  return undefined;
}

/**
 * Doubles up to `mostClients`, then bisects. Returns the trial with the most requests at once that held: `first`, which
 * held with one, where no more did.
 */
export async function highestConcurrency(tryAt: TryAt, first: Trial, mostClients: number): Promise<Trial> {
  let best = first;
  let tooMany = mostClients + 1;
  while (best.clients < mostClients && tooMany > best.clients + 1) {
    const doubled = Math.min(best.clients * 2, mostClients);
    const clients = doubled < tooMany ? doubled : Math.floor((best.clients + tooMany) / 2);
    const trial = await tryAt(first.limitMiB, clients);
    if (trial.outcome === 'holds') best = trial;
    else tooMany = clients;
    // The sample has no more work to give at a time: more clients would show nothing new.
    if (trial.outcome === 'holds' && trial.mostInWork < clients) break;
  }
  return best;
}
