import { expect, test } from 'vitest';
import { createTokenBucket } from './token-bucket.ts';

/** When dispatches happen, if one is made as soon as the bucket allows it. */
function dispatchTimes(ratePerSecond: number, burst: number, count: number): number[] {
  let nowMs = 1000;
  const bucket = createTokenBucket(ratePerSecond, burst, nowMs);
  return Array.from({ length: count }, () => {
    for (let wait = bucket.waitMs(nowMs); wait > 0; wait = bucket.waitMs(nowMs)) nowMs += wait;
    bucket.take(nowMs);
    return nowMs - 1000;
  });
}

test('a burst at once, then the rate', () => {
  expect(dispatchTimes(10, 3, 6)).toEqual([0, 0, 0, 100, 200, 300]);
});

test('a rate below one a second', () => {
  expect(dispatchTimes(0.5, 1, 3)).toEqual([0, 2000, 4000]);
});

test('an idle bucket fills no further than the burst', () => {
  const bucket = createTokenBucket(100, 2, 0);
  const atMs = 3_600_000;
  for (let i = 0; i < 2; i++) {
    expect(bucket.waitMs(atMs)).toBe(0);
    bucket.take(atMs);
  }
  expect(bucket.waitMs(atMs)).toBe(10);
});
