import { expect, test } from 'vitest';
import { RestartBackoff } from './restart-backoff.ts';

test('nothing for one death, then doubling up to ten seconds, and nothing again after a good answer', () => {
  let nowMs = 1_000;
  const backoff = new RestartBackoff(() => nowMs);
  const waits = Array.from({ length: 9 }, () => {
    backoff.failed();
    const waitMs = backoff.remainingMs();
    nowMs += waitMs;
    expect(backoff.remainingMs()).toBe(0);
    return waitMs;
  });
  expect(waits).toEqual([0, 250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  backoff.failed();
  backoff.reset();
  expect(backoff.remainingMs()).toBe(0);
  backoff.failed();
  expect(backoff.remainingMs()).toBe(0);
});
