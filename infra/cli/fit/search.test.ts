import { expect, test } from 'vitest';
import fc from '../../../test/fixtures/properties.ts';
import { highestConcurrency, STEP_MIB, smallestLimit } from './search.ts';
import type { Trial, TryAt } from './trial.ts';

/** A function that needs so much, and so much more for each request at once. */
function fakeFunction(baseMiB: number, eachMiB: number, most = 1_000) {
  const tried: [limitMiB: number, clients: number][] = [];
  const tryAt: TryAt = async (limitMiB, clients) => {
    tried.push([limitMiB, clients]);
    const mostInWork = Math.min(clients, most);
    const holds = baseMiB + eachMiB * mostInWork <= limitMiB;
    const outcome = holds ? 'holds' : 'killed';
    return { limitMiB, clients, outcome, peakMiB: 1, requests: 1, busyMs: 1, mostInWork } satisfies Trial;
  };
  return { tryAt, tried };
}

test('the smallest limit on the grid that holds, confirmed by a second trial, in few trials', async () => {
  const sizes = fc.record({
    need: fc.integer({ min: 1, max: 300 }),
    fromMiB: fc.integer({ min: 8, max: 128 }),
    span: fc.integer({ min: 0, max: 200 }),
  });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ need, fromMiB, span }) => {
      const toMiB = fromMiB + span;
      const { tryAt, tried } = fakeFunction(need - 1, 1);
      const found = await smallestLimit(tryAt, { fromMiB, toMiB });
      expect(tried[0]).toEqual([toMiB, 1]);
      expect(tried.length).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(span / STEP_MIB + 2)));
      const steps = Math.max(0, Math.ceil((need - fromMiB) / STEP_MIB));
      const smallest = Math.min(toMiB, fromMiB + steps * STEP_MIB);
      expect(found?.limitMiB).toBe(need > toMiB ? undefined : smallest);
      expect(tried.at(-1)?.[0]).toBe(need > toMiB ? toMiB : smallest);
    }),
  );
});

test('a limit that held only once is not taken', async () => {
  const seen = new Map<number, number>();
  const tryAt: TryAt = async (limitMiB, clients) => {
    const times = (seen.get(limitMiB) ?? 0) + 1;
    seen.set(limitMiB, times);
    // 72 holds by luck, the first time.
    const outcome = limitMiB >= 80 || (limitMiB === 72 && times === 1) ? 'holds' : 'failed';
    return { limitMiB, clients, outcome, peakMiB: 1, requests: 1, busyMs: 1, mostInWork: 1 };
  };
  expect((await smallestLimit(tryAt, { fromMiB: 48, toMiB: 128 }))?.limitMiB).toBe(80);
});

test('the most requests at once that hold, up to what was asked for', async () => {
  const sizes = fc.record({
    each: fc.integer({ min: 1, max: 60 }),
    mostClients: fc.integer({ min: 1, max: 100 }),
  });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ each, mostClients }) => {
      const { tryAt, tried } = fakeFunction(60, each);
      const first = await tryAt(128, 1);
      const { clients, outcome } = await highestConcurrency(tryAt, first, mostClients);
      expect(clients).toBe(Math.min(mostClients, Math.floor((128 - 60) / each)));
      expect(outcome).toBe('holds');
      expect(new Set(tried.map(String)).size).toBe(tried.length);
    }),
  );
});

test('more clients than the sample has work for are not tried', async () => {
  const { tryAt, tried } = fakeFunction(60, 1, 3);
  const { mostInWork } = await highestConcurrency(tryAt, await tryAt(128, 1), 64);
  expect(mostInWork).toBe(3);
  expect(tried.map(([, clients]) => clients)).toEqual([1, 2, 4]);
});
