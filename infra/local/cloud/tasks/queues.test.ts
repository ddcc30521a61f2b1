/** The queues of the Cloud Tasks API: made, changed field by field, paused, purged and deleted. */

import { expect, test } from 'vitest';
import { createTestClock } from '../clock.ts';
import { listen, NUMBERS, open, PARENT, QUEUE, taskTo } from './tasks.fixture.ts';

test('a queue: created, shown, patched field by field, listed, deleted', async () => {
  const { call } = await open();
  const name = `${PARENT}/queues/second`;
  const created = await call('POST', `${PARENT}/queues`, {
    name,
    rateLimits: { maxConcurrentDispatches: 7 },
    retryConfig: { maxAttempts: 3 },
  });
  expect(created).toMatchObject({ status: 200, json: { name, state: 'RUNNING' } });
  expect(await call('POST', `${PARENT}/queues`, { name })).toMatchObject({
    status: 409,
    json: { error: { code: 409, status: 'ALREADY_EXISTS' } },
  });
  const patched = await call('PATCH', `${name}?updateMask=rate_limits.max_dispatches_per_second`, {
    name,
    rateLimits: { maxDispatchesPerSecond: 0.5, maxConcurrentDispatches: 999 },
  });
  expect(patched.json).toMatchObject({
    rateLimits: { maxDispatchesPerSecond: 0.5, maxConcurrentDispatches: 7 },
    retryConfig: { maxAttempts: 3 },
  });
  const first = await call('GET', `${PARENT}/queues?pageSize=1`);
  expect(first.json).toMatchObject({ queues: [{ name: QUEUE }] });
  const rest = await call('GET', `${PARENT}/queues?pageSize=1&pageToken=${first.json['nextPageToken']}`);
  expect(rest.json).toEqual({ queues: [patched.json] });
  expect(await call('DELETE', name)).toEqual({ status: 200, json: {} });
  expect(await call('GET', name)).toMatchObject({ status: 404, json: { error: { status: 'NOT_FOUND' } } });
});

test('the name of a deleted queue is held for 7 days', async () => {
  const clock = createTestClock();
  const { call } = await open({ clock });
  const name = `${PARENT}/queues/short-lived`;
  await call('POST', `${PARENT}/queues`, { name });
  await call('DELETE', name);
  const refused = { status: 400, json: { error: { code: 400, status: 'FAILED_PRECONDITION' } } };
  expect(await call('POST', `${PARENT}/queues`, { name })).toMatchObject(refused);
  expect(await call('PATCH', name, {})).toMatchObject(refused);
  clock.advance(7 * 24 * 3_600_000 - 1);
  expect(await call('POST', `${PARENT}/queues`, { name })).toMatchObject(refused);
  clock.advance(1);
  expect(await call('POST', `${PARENT}/queues`, { name })).toMatchObject({ status: 200 });
});

test.each([
  'bogus',
  'rateLimits.bogus',
  'rateLimits.maxDispatchesPerSecond.deep',
  '__proto__',
  'constructor',
])('a mask that names %s is refused, and changes nothing', async (mask) => {
  const { call } = await open();
  const before = await call('GET', QUEUE);
  expect(await call('PATCH', `${QUEUE}?updateMask=${mask}`, { [mask]: 1 })).toMatchObject({
    status: 400,
    json: { error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining('updateMask') } },
  });
  expect(await call('GET', QUEUE)).toEqual(before);
});

test('an empty mask changes nothing; none replaces every field', async () => {
  const { call } = await open();
  const before = await call('GET', QUEUE);
  expect(await call('PATCH', `${QUEUE}?updateMask=`, { retryConfig: { maxAttempts: 7 } })).toEqual(before);
  const replaced = await call('PATCH', QUEUE, { rateLimits: { maxConcurrentDispatches: 7 } });
  expect(replaced.json).toMatchObject({
    rateLimits: { maxConcurrentDispatches: 7 },
    retryConfig: { minBackoff: '0.100s' },
  });
});

test('a paused queue keeps its tasks; one is run by hand; a purge removes the rest', async () => {
  const { call } = await open({ start: true });
  const { url, seen } = await listen();
  expect((await call('POST', `${QUEUE}:pause`, {})).json).toMatchObject({ state: 'PAUSED' });
  for (const id of ['a', 'b']) {
    await call('POST', `${QUEUE}/tasks`, taskTo(url, { name: `${QUEUE}/tasks/${id}` }));
  }
  expect((await call('POST', `${QUEUE}/tasks/a:run`)).json).toMatchObject({ dispatchCount: 1 });
  await expect.poll(async () => (await call('GET', `${QUEUE}/tasks/a`)).status).toBe(404);
  expect(seen).toHaveLength(1);
  expect((await call('POST', `${QUEUE}:purge`)).json).toMatchObject({ purgeTime: expect.any(String) });
  expect((await call('POST', `${QUEUE}:resume${NUMBERS}`)).json).toMatchObject({ state: 1 });
  expect((await call('GET', `${QUEUE}/tasks`)).json).toEqual({ tasks: [] });
  expect((await call('POST', `${QUEUE}/tasks`, taskTo(url, { name: `${QUEUE}/tasks/b` }))).status).toBe(409);
});
