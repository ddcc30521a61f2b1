import { expect, test, vi } from 'vitest';
import { createTestClock, systemClock } from './clock.ts';

test('a moved clock runs what comes due, in order, at its time', () => {
  const clock = createTestClock(1000);
  const ran: [string, number][] = [];
  const note = (name: string) => () => void ran.push([name, clock.now()]);
  clock.setTimer(20, note('second'));
  clock.setTimer(10, () => {
    note('first')();
    clock.setTimer(5, note('set on the way'));
  });
  const cancelled = clock.setTimer(15, note('cancelled'));
  clock.setTimer(100, note('later'));
  cancelled[Symbol.dispose]();
  clock.advance(30);
  expect(ran).toEqual([
    ['first', 1010],
    ['set on the way', 1015],
    ['second', 1020],
  ]);
  expect(clock.now()).toBe(1030);
});

test('the system clock takes times that are too long for one of its timers', () => {
  vi.useFakeTimers();
  try {
    const days40Ms = 40 * 24 * 3600 * 1000;
    const run = vi.fn();
    systemClock.setTimer(days40Ms, run);
    vi.advanceTimersByTime(days40Ms - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
    const cancelled = systemClock.setTimer(days40Ms, run);
    vi.advanceTimersByTime(days40Ms - 1000);
    cancelled[Symbol.dispose]();
    vi.advanceTimersByTime(2000);
    expect(run).toHaveBeenCalledOnce();
  } finally {
    vi.useRealTimers();
  }
});
