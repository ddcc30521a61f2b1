/** How many tasks a dispatcher sends at a time and a second. */

import { expect, test } from 'vitest';
import { ok, run, settle, setUp } from './dispatcher.fixture.ts';

test('no more at a time than allowed', async () => {
  const open = new Set<() => void>();
  let most = 0;
  const { add, clock, dispatcher, sent } = setUp(
    () =>
      new Promise((resolve) => {
        const answer = () => {
          open.delete(answer);
          resolve(ok);
        };
        open.add(answer);
        most = Math.max(most, open.size);
      }),
    { maxConcurrentDispatches: 3 },
  );
  dispatcher.start();
  for (let i = 0; i < 10; i++) add(`t${i}`);
  for (let i = 0; i < 20; i++) {
    await run(clock, 0);
    [...open][0]?.();
  }
  expect(sent).toHaveLength(10);
  expect(most).toBe(3);
});

test('no faster than the rate', async () => {
  const { add, clock, dispatcher, sent } = setUp(() => ok, { maxDispatchesPerSecond: 2, maxBurstSize: 2 });
  dispatcher.start();
  for (let i = 0; i < 6; i++) add(`t${i}`);
  await run(clock, 5000);
  expect(sent.map(({ atMs }) => atMs)).toEqual([0, 0, 500, 1000, 1500, 2000]);
});

test('503 with Retry-After holds up the whole queue', async () => {
  const { add, clock, dispatcher, sent } = setUp((task, count) =>
    task.id === 'busy' && count === 1 ? { httpStatus: 503, retryAfterMs: 4000 } : ok,
  );
  dispatcher.start();
  add('busy');
  await settle();
  add('other');
  await run(clock, 10_000);
  expect(sent).toEqual([
    { id: 'busy', atMs: 0, attempt: 1 },
    { id: 'other', atMs: 4000, attempt: 1 },
    { id: 'busy', atMs: 4000, attempt: 2 },
  ]);
});
