import { expect, test } from 'vitest';
import { createCongestion } from './congestion.ts';

const overloadedAt = (nowMs: number, retryAfterMs?: number) => ({ dispatchMs: nowMs, nowMs, retryAfterMs });

test('rests longer with every refusal, up to a limit, and starts anew after a success', () => {
  const congestion = createCongestion();
  expect(congestion.waitMs(0)).toBe(0);
  let nowMs = 1000;
  const rests: number[] = [];
  for (let i = 0; i < 9; i++) {
    congestion.overloaded(overloadedAt(nowMs));
    rests.push(congestion.waitMs(nowMs));
    nowMs += congestion.waitMs(nowMs);
  }
  expect(rests).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  congestion.succeeded();
  congestion.overloaded(overloadedAt(nowMs));
  expect(congestion.waitMs(nowMs)).toBe(100);
});

test('a hundred refusals of requests that were under way count as one', () => {
  const congestion = createCongestion();
  for (let i = 0; i < 100; i++) {
    congestion.overloaded({ dispatchMs: 900 + i, nowMs: 1000, retryAfterMs: undefined });
  }
  expect(congestion.waitMs(1000)).toBe(100);
});

test('honours Retry-After, within the limit', () => {
  const congestion = createCongestion();
  congestion.overloaded(overloadedAt(1000, 3000));
  expect(congestion.waitMs(1000)).toBe(3000);
  congestion.overloaded(overloadedAt(4000, 3_600_000));
  expect(congestion.waitMs(4000)).toBe(10_000);
});
