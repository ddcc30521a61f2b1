import { afterEach, expect, test } from 'vitest';
import { type MemoryWatch, type MemoryWatchOptions, watchMemory } from './memory-watch.ts';
import type { ProcessMemory } from './proc-status.ts';

const started: MemoryWatch[] = [];
afterEach(() => {
  for (const watch of started.splice(0)) watch.stop();
});

function watching(readings: (ProcessMemory | undefined)[], options: Partial<MemoryWatchOptions> = {}) {
  const state = { over: 0, reads: 0 };
  const watch = watchMemory({
    pid: 1,
    limitBytes: 100,
    intervalMs: 1_000_000,
    onOver: () => {
      state.over += 1;
    },
    read: async () => readings[state.reads++],
    ...options,
  });
  started.push(watch);
  return { watch, state };
}

const at = (residentBytes: number, peakBytes = residentBytes) => ({ residentBytes, peakBytes });

test('the peak stays when memory is given back', async () => {
  const { watch } = watching([at(50, 60), at(20, 60), undefined]);
  for (let i = 0; i < 3; i++) await watch.sample();
  expect(watch.peakBytes).toBe(60);
});

test('over the limit is told once', async () => {
  const { watch, state } = watching([at(100), at(101), at(150)]);
  await watch.sample();
  expect(state.over).toBe(0);
  await watch.sample();
  await watch.sample();
  expect(state.over).toBe(1);
});

test('a peak between two readings counts', async () => {
  const { watch, state } = watching([at(50), at(50, 200)]);
  await watch.sample();
  await watch.sample();
  expect(state.over).toBe(1);
});

test('pages of files do not count, not even in a peak between two readings', async () => {
  const { watch, state } = watching([
    { residentBytes: 150, peakBytes: 150, fileBytes: 90 },
    { residentBytes: 60, peakBytes: 180, fileBytes: 20 },
    { residentBytes: 60, peakBytes: 180, fileBytes: 20 },
    { residentBytes: 125, peakBytes: 180, fileBytes: 20 },
  ]);
  for (let reading = 0; reading < 3; reading += 1) await watch.sample();
  expect([watch.peakBytes, watch.heldPeakBytes, state.over]).toEqual([180, 90, 0]);
  await watch.sample();
  expect([watch.heldPeakBytes, state.over]).toEqual([105, 1]);
});

test('without a limit only the peak is recorded', async () => {
  const { watch, state } = watching([at(5_000)], { limitBytes: undefined });
  await watch.sample();
  expect(watch.peakBytes).toBe(5_000);
  expect(state.over).toBe(0);
});

test('a reading that comes in after the end is not this process any more', async () => {
  const { watch, state } = watching([at(5_000)]);
  const reading = watch.sample();
  watch.stop();
  await reading;
  expect(watch.peakBytes).toBe(0);
  expect(state.over).toBe(0);
});

test('reads by itself, until it is stopped', async () => {
  const { watch, state } = watching([], { intervalMs: 1 });
  await expect.poll(() => state.reads).toBeGreaterThan(2);
  watch.stop();
  const { reads } = state;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(state.reads).toBe(reads);
});
