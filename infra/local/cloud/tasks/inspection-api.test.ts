import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { createTestClock } from '../clock.ts';
import { startServer } from '../server.ts';
import { parseQueueConfig } from './queue-config.ts';
import { createTasks } from './tasks.ts';

const QUEUE = 'projects/p/locations/l/queues/q';

async function open(statusOf: (path: string) => number = () => 200) {
  const clock = createTestClock();
  const state = new DatabaseSync(':memory:');
  const queues = [parseQueueConfig({ name: QUEUE, retryConfig: { minBackoff: '60s' } })];
  const tasks = createTasks({ state, clock, queues, log: () => {} });
  const server = await startServer({ port: 0, apis: tasks.apis, log: console.error });
  const seen: string[] = [];
  const target = createServer((request, response) => {
    seen.push(request.url ?? '');
    response.writeHead(statusOf(request.url ?? '')).end();
  }).listen(0, '127.0.0.1');
  await once(target, 'listening');
  tasks.start();
  onTestFinished(async () => {
    await tasks.stop();
    await server.close();
    target.close();
  });
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(server.origin + path, { method, body: body ? JSON.stringify(body) : null });
    return { status: response.status, json: await response.json() };
  };
  const origin = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
  const create = (id: string, more: object = {}) =>
    call('POST', `/v2/${QUEUE}/tasks`, {
      task: {
        name: `${QUEUE}/tasks/${id}`,
        httpRequest: { url: `${origin}/${id}`, body: Buffer.from('secret').toString('base64') },
        ...more,
      },
    });
  return { clock, call, create, seen };
}

const tasksOf = async (call: Awaited<ReturnType<typeof open>>['call'], after = 0) =>
  (await call('GET', `/_pillbox/tasks?queue=${encodeURIComponent(QUEUE)}&after=${after}`)).json;

test('a queue with its counts; its tasks with attempts, next run, last status and size, and no body', async () => {
  const { clock, call, create } = await open((path) => (path === '/bad' ? 503 : 200));
  const nowMs = clock.now();
  await create('good');
  await create('bad');
  await create('late', { scheduleTime: new Date(nowMs + 3_600_000).toISOString() });
  await expect.poll(async () => (await tasksOf(call)).tasks[0]?.lastStatus).toBe(503);
  const { tasks } = await tasksOf(call);
  expect(tasks).toEqual([
    {
      id: 'bad',
      state: 'retrying',
      attempts: 1,
      nextRunMs: nowMs + 60_000,
      lastStatus: 503,
      payloadBytes: 6,
      createdMs: nowMs,
    },
    {
      id: 'late',
      state: 'waiting',
      attempts: 0,
      nextRunMs: nowMs + 3_600_000,
      payloadBytes: 6,
      createdMs: nowMs,
    },
  ]);
  expect((await call('GET', '/_pillbox/queues')).json).toMatchObject({
    nowMs,
    queues: [
      {
        name: QUEUE,
        state: 'RUNNING',
        tasks: 2,
        underWay: 0,
        retrying: 1,
        payloadBytes: 12,
        nextRunMs: nowMs + 60_000,
        lastStatus: 503,
        done: 1,
        givenUp: 0,
      },
    ],
  });
  expect(JSON.stringify(tasks)).not.toContain('secret');
});

test('a duplicate is delivered beside the task', async () => {
  const { call, create, seen } = await open();
  await call('POST', `/v2/${QUEUE}:pause`);
  await create('t');
  const duplicate = (task: string) =>
    call('POST', `/_pillbox/tasks:duplicate?task=${encodeURIComponent(task)}`);
  expect((await duplicate(`${QUEUE}/tasks/t`)).status).toBe(200);
  await expect.poll(() => seen).toEqual(['/t']);
  expect((await tasksOf(call)).tasks).toMatchObject([{ id: 't', attempts: 0 }]);
  for (const task of ['', 't', `${QUEUE}/tasks/x`, 'projects/p/locations/l/queues/none/tasks/t']) {
    expect((await duplicate(task)).status).toBe(404);
  }
});

test('long queues come page by page', async () => {
  const { call, create } = await open();
  await call('POST', `/v2/${QUEUE}:pause`);
  for (let i = 0; i < 1001; i++) await create(`t${i}`);
  const first = await tasksOf(call);
  expect(first.tasks).toHaveLength(1000);
  const second = await tasksOf(call, first.next);
  expect(second.tasks.map(({ id }: { id: string }) => id)).toEqual(['t1000']);
  expect(second.next).toBeUndefined();
  expect((await call('GET', '/_pillbox/tasks?queue=none')).status).toBe(404);
  expect((await call('GET', `/_pillbox/tasks?queue=${encodeURIComponent(QUEUE)}&after=x`)).status).toBe(400);
});
