/** When a dispatcher sends a task again. */

import { expect, test } from 'vitest';
import { failed, ok, QUEUE, run, setUp } from './dispatcher.fixture.ts';

test('failures are retried with back-off until the attempts are spent, which the log says', async () => {
  const { add, clock, dispatcher, sent, lines, table } = setUp(() => failed);
  dispatcher.start();
  add('poor');
  await run(clock, 60_000);
  expect(sent.map(({ atMs }) => atMs)).toEqual([0, 1000, 3000, 6000, 9000]);
  expect(table.get(QUEUE, 'poor')).toBeUndefined();
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe('queue q: attempt 1 of poor failed (HTTP 500), next in 1 s');
  expect(lines[4]).toBe('queue q: attempt 5 of poor failed (HTTP 500), given up');
});

test.each([
  ['a redirect', { httpStatus: 302, retryAfterMs: undefined }],
  ['a refusal', { httpStatus: 404, retryAfterMs: undefined }],
  ['a dead target', { failure: 'ECONNREFUSED' }],
] as const)('%s is a failure; 204 afterwards ends the task', async (_, first) => {
  const { add, clock, dispatcher, sent } = setUp((_task, count) =>
    count === 1 ? first : { httpStatus: 204, retryAfterMs: undefined },
  );
  dispatcher.start();
  add('t');
  await run(clock, 30_000);
  expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2]);
});

test('hours of back-off: exponential, then linear, until both limits are spent', async () => {
  const hourMs = 3_600_000;
  const retry = {
    maxAttempts: 3,
    maxRetryMs: 20 * hourMs,
    minBackoffMs: hourMs,
    maxBackoffMs: 5 * hourMs,
    maxDoublings: 1,
  };
  const { add, clock, dispatcher, sent, table } = setUp(() => failed, { retry });
  dispatcher.start();
  add('t');
  await run(clock, 40 * hourMs, hourMs / 4);
  // 1, 2, 4, then 5 hours; the attempts were spent after three, the time only then.
  expect(sent.map(({ atMs }) => atMs / hourMs)).toEqual([0, 1, 3, 7, 12, 17, 22]);
  expect(table.get(QUEUE, 't')).toBeUndefined();
});

test('what cannot even be sent is a failed attempt', async () => {
  const { add, clock, dispatcher, lines, sent } = setUp((_task, count) =>
    count === 1 ? Promise.reject(new Error('no token')) : ok,
  );
  dispatcher.start();
  add('t');
  await run(clock, 2000);
  expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(lines).toEqual([expect.stringContaining('no token'), expect.stringContaining('could not be sent')]);
});
