import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTestClock, systemClock } from './clock.ts';
import { createMovableClock, isMovable } from './clock-movable.ts';

const settled = async () => {};
const HOUR_MS = 3_600_000;

test('runs with the system clock until it is moved', async () => {
  const clock = createMovableClock();
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(5_000);
  const rang = new Promise<void>((resolve) => clock.setTimer(10, resolve));
  await rang;
  const beforeMs = clock.now();
  await clock.advance(HOUR_MS, settled);
  expect(clock.now() - beforeMs).toBeGreaterThanOrEqual(HOUR_MS);
});

test('an advance runs the timers in order, each at its time, and those that they set', async () => {
  const clock = createMovableClock();
  const startMs = clock.now();
  const rang: [string, number][] = [];
  const note = (name: string) => rang.push([name, Math.round((clock.now() - startMs) / HOUR_MS)]);
  clock.setTimer(5 * HOUR_MS, () => note('five'));
  clock.setTimer(HOUR_MS, () => {
    note('one');
    clock.setTimer(HOUR_MS, () => note('two'));
  });
  clock.setTimer(3 * HOUR_MS, () => note('cancelled'))[Symbol.dispose]();
  clock.setTimer(90 * HOUR_MS, () => note('far'));
  await clock.advance(24 * HOUR_MS, settled);
  expect(rang).toEqual([
    ['one', 1],
    ['two', 2],
    ['five', 5],
  ]);
});

test('waits after each step for the work it set off, but not for ever', async () => {
  const clock = createMovableClock();
  let isBusy = false;
  const order: string[] = [];
  clock.setTimer(HOUR_MS, () => {
    isBusy = true;
    void sleep(20).then(() => {
      order.push('worked');
      isBusy = false;
    });
  });
  clock.setTimer(2 * HOUR_MS, () => order.push('next'));
  await clock.advance(3 * HOUR_MS, async () => {
    while (isBusy) await sleep(1);
  });
  expect(order).toEqual(['worked', 'next']);
  await clock.advance(1, () => new Promise(() => {}), 5);
});

test('two advances follow one another', async () => {
  const clock = createMovableClock();
  const startMs = clock.now();
  await Promise.all([clock.advance(HOUR_MS, settled), clock.advance(HOUR_MS, settled)]);
  expect(clock.now() - startMs).toBeGreaterThanOrEqual(2 * HOUR_MS);
});

test('no other clock is movable', () => {
  expect([systemClock, createTestClock(), createMovableClock()].map(isMovable)).toEqual([false, false, true]);
});
