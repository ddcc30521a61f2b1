/** Calls of the Cloud Tasks API that no client would make: each is answered, none is the server's own failure. */

import { connect } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import fc from '../../../../test/fixtures/properties.ts';
import { createTestClock } from '../clock.ts';
import { type CloudServer, startServer } from '../server.ts';
import { parseQueueConfig } from './queue-config.ts';
import { createTasks, type Tasks } from './tasks.ts';

const PARENT = '/v2/projects/p/locations/l';
const QUEUE = `${PARENT}/queues/q`;

let tasks: Tasks;
let server: CloudServer;
const lines: string[] = [];
beforeAll(async () => {
  tasks = createTasks({
    state: new DatabaseSync(':memory:'),
    clock: createTestClock(),
    queues: [parseQueueConfig({ name: QUEUE.slice('/v2/'.length) })],
    log: (line) => lines.push(line),
  });
  server = await startServer({ port: 0, apis: tasks.apis, log: (line) => lines.push(line) });
});
afterAll(async () => {
  await tasks.stop();
  await server.close();
});

/** Bodies near to right ones: the fields of the API with values of any kind. */
const anything = fc.jsonValue({ maxDepth: 2 });
const some = (...keys: string[]) =>
  fc.record(Object.fromEntries(keys.map((key) => [key, anything])), { requiredKeys: [] });
const httpRequest = some('url', 'httpMethod', 'headers', 'body', 'oidcToken', 'oauthToken', '__proto__');
const task = fc.record(
  {
    name: anything,
    httpRequest: fc.oneof(httpRequest, anything),
    scheduleTime: anything,
    dispatchDeadline: anything,
  },
  { requiredKeys: [] },
);
const queue = fc.record(
  {
    name: fc.oneof(fc.constant(QUEUE.slice('/v2/'.length)), anything),
    rateLimits: fc.oneof(some('maxDispatchesPerSecond', 'maxConcurrentDispatches', 'maxBurstSize'), anything),
    retryConfig: fc.oneof(some('maxAttempts', 'maxRetryDuration', 'minBackoff', 'maxDoublings'), anything),
    httpTarget: fc.oneof(some('uriOverride', 'httpMethod', 'headerOverrides', 'oidcToken'), anything),
  },
  { requiredKeys: [] },
);
const mask = fc.oneof(
  fc.constantFrom(
    'rateLimits',
    'retry_config.max_attempts',
    'httpTarget.uriOverride',
    'name',
    'state',
    '*',
    '.',
    ',',
  ),
  fc.string(),
);

async function statusOf(method: string, path: string, body?: unknown): Promise<number> {
  const text = body === undefined ? null : JSON.stringify(body);
  const response = await fetch(server.origin + path, { method, body: text });
  await response.arrayBuffer();
  return response.status;
}

const answered = [200, 400, 404, 409, 501];

test.each([
  [
    'tasks',
    'POST',
    `${QUEUE}/tasks`,
    fc.oneof(fc.record({ task, responseView: anything }, { requiredKeys: [] }), anything),
  ],
  ['queues', 'POST', `${PARENT}/queues`, fc.oneof(queue, anything)],
] as const)('any body that makes %s', async (_, method, path, bodies) => {
  const run = fc.asyncProperty(bodies, async (body) => {
    expect(answered).toContain(await statusOf(method, path, body));
  });
  await fc.assert(run, { numRuns: 300 });
  expect(lines).toEqual([]);
});

test('any patch under any mask, after which the queue can still be read', async () => {
  const run = fc.asyncProperty(queue, mask, async (body, updateMask) => {
    const query = new URLSearchParams({ updateMask });
    expect(answered).toContain(await statusOf('PATCH', `${QUEUE}?${query}`, body));
    expect(await statusOf('GET', QUEUE)).toBe(200);
  });
  await fc.assert(run, { numRuns: 200 });
  expect(lines).toEqual([]);
});

test('any page, view and path', async () => {
  const run = fc.asyncProperty(fc.string(), fc.string(), fc.string(), async (pageToken, pageSize, id) => {
    const query = new URLSearchParams({ pageToken, pageSize, responseView: id });
    expect(answered).toContain(await statusOf('GET', `${QUEUE}/tasks?${query}`));
    expect(answered).toContain(await statusOf('GET', `${QUEUE}/tasks/${encodeURIComponent(id)}`));
    expect(answered).toContain(await statusOf('POST', `${QUEUE}/tasks/x:${encodeURIComponent(id)}`));
  });
  await fc.assert(run, { numRuns: 100 });
  expect(lines).toEqual([]);
});

test('a body that is cut short is no failure of the server', async () => {
  const { port } = new URL(server.origin);
  for (const sent of ['', '{"task":', '{"task":{}}']) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`POST ${QUEUE}/tasks HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n${sent}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await statusOf('GET', QUEUE)).toBe(200);
  expect(lines).toEqual([]);
});
