import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { type Clock, createTestClock, systemClock } from '../clock.ts';
import { startServer } from '../server.ts';
import { parseQueueConfig } from './queue-config.ts';
import { createTasks } from './tasks.ts';

const PARENT = 'projects/p/locations/l';
const QUEUE = `${PARENT}/queues/q`;
const NUMBERS = '?$alt=json%3Benum-encoding=int';

type Json = Record<string, unknown>;

async function open({ start = false, clock = systemClock }: { start?: boolean; clock?: Clock } = {}) {
  const tasks = createTasks({
    state: new DatabaseSync(':memory:'),
    clock,
    queues: [parseQueueConfig({ name: QUEUE, retryConfig: { minBackoff: '0.01s' } })],
    log: () => {},
  });
  const server = await startServer({ port: 0, apis: tasks.apis, log: console.error });
  if (start) tasks.start();
  onTestFinished(async () => {
    await tasks.stop();
    await server.close();
  });
  async function call(method: string, path: string, body?: unknown): Promise<{ status: number; json: Json }> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${server.origin}/v2/${path}`, { method, body: text ?? null });
    return { status: response.status, json: (await response.json()) as Json };
  }
  return { call };
}

/** A target that answers with each status in turn, and then 200. */
async function listen(...statuses: number[]) {
  const seen: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    seen.push({ url: request.url, headers: request.headers, body });
    response.writeHead(statuses[seen.length - 1] ?? 200).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/work?a=b`, seen };
}

const taskTo = (url: string, more: Json = {}, request: Json = {}) => ({
  task: { httpRequest: { url, body: Buffer.from('{"a":1}').toString('base64'), ...request }, ...more },
});

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

test('a task: created under a name, shown in both views, listed page by page, deleted, its name then taken', async () => {
  const { call } = await open();
  const { url } = await listen();
  const name = `${QUEUE}/tasks/one`;
  const scheduleTime = '2099-01-01T00:00:00Z';
  expect((await call('POST', `${QUEUE}/tasks`, taskTo(url, { scheduleTime }))).json).toMatchObject({
    error: { code: 400, status: 'INVALID_ARGUMENT', message: expect.stringContaining('30 days') },
  });
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const oidcToken = { serviceAccountEmail: 'a@b.iam.gserviceaccount.com' };
  const created = await call('POST', `${QUEUE}/tasks`, {
    ...taskTo(url, { name, scheduleTime: soon }, { httpMethod: 'PUT', oidcToken }),
    responseView: 'FULL',
  });
  const shown = { name, scheduleTime: soon, dispatchCount: 0, dispatchDeadline: '600s' };
  expect(created.json).toMatchObject({
    ...shown,
    view: 'FULL',
    httpRequest: { httpMethod: 'PUT', oidcToken },
  });
  const basic = await call('GET', `${name}${NUMBERS}`);
  expect(basic.json).toMatchObject({ ...shown, view: 1, httpRequest: { httpMethod: 4 } });
  expect(basic.json['httpRequest']).not.toHaveProperty('body');
  const full = await call('GET', `${name}?responseView=2`);
  expect(full.json).toEqual(created.json);

  expect((await call('POST', `${QUEUE}/tasks`, taskTo(url, { name }))).status).toBe(409);
  await call('POST', `${QUEUE}/tasks`, taskTo(url, { name: `${QUEUE}/tasks/two`, scheduleTime: soon }));
  const first = await call('GET', `${QUEUE}/tasks?pageSize=1`);
  const second = await call('GET', `${QUEUE}/tasks?pageSize=1&pageToken=${first.json['nextPageToken']}`);
  expect([first.json['tasks'], second.json['tasks']]).toMatchObject([
    [{ name }],
    [{ name: `${QUEUE}/tasks/two` }],
  ]);

  expect(await call('DELETE', name)).toEqual({ status: 200, json: {} });
  expect((await call('DELETE', name)).status).toBe(404);
  expect((await call('POST', `${QUEUE}/tasks`, taskTo(url, { name }))).status).toBe(409);
});

test('what a target is told: the body, the headers of the user, and those of Cloud Tasks', async () => {
  const { call } = await open({ start: true });
  const { url, seen } = await listen(500, 502);
  const headers = { 'X-Mine': 'yes', 'User-Agent': 'me', 'X-CloudTasks-QueueName': 'forged' };
  await call('POST', `${QUEUE}/tasks`, taskTo(url, { name: `${QUEUE}/tasks/one` }, { headers }));
  await expect.poll(() => seen.length).toBe(3);
  expect(seen[0]).toMatchObject({
    url: '/work?a=b',
    body: '{"a":1}',
    headers: {
      'x-mine': 'yes',
      'content-type': 'application/octet-stream',
      'user-agent': 'Google-Cloud-Tasks',
      'x-cloudtasks-queuename': 'q',
      'x-cloudtasks-taskname': 'one',
      'x-cloudtasks-taskretrycount': '0',
      'x-cloudtasks-taskexecutioncount': '0',
      'x-cloudtasks-tasketa': expect.stringMatching(/^\d{10}\.\d+$/),
    },
  });
  expect(seen[0]?.headers).not.toHaveProperty('x-cloudtasks-taskpreviousresponse');
  expect(seen[2]?.headers).toMatchObject({
    'x-cloudtasks-taskretrycount': '2',
    // Answers of 5xx do not count as executions.
    'x-cloudtasks-taskexecutioncount': '0',
    'x-cloudtasks-taskretryreason': '',
    'x-cloudtasks-taskpreviousresponse': '502',
  });
});

test('a null is an unset field', async () => {
  const { call } = await open();
  const { url } = await listen();
  const task = { httpRequest: { url, headers: null, oidcToken: null }, scheduleTime: null, name: null };
  expect((await call('POST', `${QUEUE}/tasks`, { task, responseView: null })).status).toBe(200);
  expect((await call('POST', `${QUEUE}/tasks`, 'null')).status).toBe(400);
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

const url = 'http://127.0.0.1:1/';
const who = { serviceAccountEmail: 'a@p.iam.gserviceaccount.com' };
test.each<[string, unknown, string]>([
  ['no JSON', '{', 'not JSON'],
  ['no body', undefined, 'body'],
  ['no target', { task: {} }, 'task.httpRequest'],
  ['another kind of target', { task: { appEngineHttpRequest: {} } }, 'appEngineHttpRequest'],
  ['another scheme', taskTo('file:///etc/passwd'), 'task.httpRequest.url'],
  ['a name of another queue', taskTo(url, { name: `${PARENT}/queues/r/tasks/t` }), 'task.name'],
  ['a name of bad letters', taskTo(url, { name: `${QUEUE}/tasks/a.b` }), 'task.name'],
  ['both tokens', taskTo(url, {}, { oidcToken: who, oauthToken: who }), 'oidcToken and oauthToken'],
  ['a token of nobody', taskTo(url, {}, { oidcToken: {} }), 'oidcToken.serviceAccountEmail'],
  [
    'a token of no address',
    taskTo(url, {}, { oidcToken: { serviceAccountEmail: 'x@' } }),
    'serviceAccountEmail',
  ],
  ['an OAuth token for a stranger', taskTo(url, {}, { oauthToken: who }), '.googleapis.com'],
  ['an unknown field', taskTo(url, { bogus: 1 }), 'bogus'],
  ['a long deadline', taskTo(url, { dispatchDeadline: '1801s' }), 'task.dispatchDeadline'],
  ['no base64', taskTo(url, {}, { body: '{}' }), 'task.httpRequest.body'],
  ['a body with GET', taskTo(url, {}, { httpMethod: 2 }), 'task.httpRequest.body'],
  ['an unknown method', taskTo(url, {}, { httpMethod: 'BREW' }), 'task.httpRequest.httpMethod'],
  ['a short deadline', taskTo(url, { dispatchDeadline: '1s' }), 'task.dispatchDeadline'],
  ['a large body', taskTo(url, {}, { body: 'A'.repeat(1_400_000) }), '1048576 bytes'],
  ['a huge request', 'x'.repeat(3 * 1024 * 1024), '2097152 bytes'],
])('refuses a task with %s, naming it', async (_, body, message) => {
  const { call } = await open();
  expect(await call('POST', `${QUEUE}/tasks`, body)).toMatchObject({
    status: 400,
    json: { error: { code: 400, status: 'INVALID_ARGUMENT', message: expect.stringContaining(message) } },
  });
});

test.each([
  ['POST', `${PARENT}/queues/absent/tasks`, 404],
  ['GET', `${QUEUE}/tasks/absent`, 404],
  ['POST', `${QUEUE}/tasks/absent:run`, 404],
  ['POST', `${QUEUE}:getIamPolicy`, 501],
  ['PUT', `${QUEUE}/tasks`, 501],
  ['GET', `${QUEUE}/%ff`, 404],
  ['GET', `${PARENT}/queues/%ff`, 400],
  ['GET', `${QUEUE}/tasks?pageSize=x`, 400],
  ['GET', `${QUEUE}/tasks?responseView=x`, 400],
])('%s %s: %i in the form of an error', async (method, path, status) => {
  const { call } = await open();
  expect(await call(method, path)).toMatchObject({ status, json: { error: { code: status } } });
});
