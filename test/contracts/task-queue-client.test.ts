/** Google's own client on the local cloud: what the port does not use, but a user's tools do. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudTasksClient } from '@google-cloud/tasks';
import { PassThroughClient } from 'google-auth-library';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../infra/local/cloud/local-cloud.ts';
import { type Boxes, startBoxes } from './task-queue-boxes.ts';

const PARENT = 'projects/p/locations/l';
const QUEUE = `${PARENT}/queues/q`;

let dir: string;
let boxes: Boxes;
let cloud: LocalCloud;
let client: CloudTasksClient;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-client-'));
  boxes = await startBoxes();
  cloud = await startLocalCloud({ dir, port: 0, log: () => {} });
  client = new CloudTasksClient({
    fallback: true,
    protocol: 'http',
    apiEndpoint: '127.0.0.1',
    port: Number(new URL(cloud.origin).port),
    authClient: new PassThroughClient(),
  });
});

afterEach(async () => {
  await client.close();
  await cloud.close();
  await boxes.close();
  await rm(dir, { recursive: true });
});

const task = (id: string) => ({
  name: `${QUEUE}/tasks/${id}`,
  httpRequest: { url: boxes.boxUrl.replace('{box}', 'alpha/work'), body: Buffer.from('{"a":1}') },
});

test('queues: created, patched by mask, paused, listed page by page, deleted', async () => {
  await client.createQueue({ parent: PARENT, queue: { name: QUEUE, retryConfig: { maxAttempts: 3 } } });
  await client.createQueue({ parent: PARENT, queue: { name: `${PARENT}/queues/r` } });
  const [patched] = await client.updateQueue({
    queue: { name: QUEUE, rateLimits: { maxConcurrentDispatches: 2 }, retryConfig: { maxAttempts: 9 } },
    updateMask: { paths: ['rate_limits.max_concurrent_dispatches'] },
  });
  expect(patched).toMatchObject({
    rateLimits: { maxConcurrentDispatches: 2 },
    retryConfig: { maxAttempts: 3, minBackoff: { nanos: 100_000_000 } },
  });
  const [paused] = await client.pauseQueue({ name: QUEUE });
  expect(paused.state).toBe('PAUSED');
  const names = [];
  for await (const { name } of client.listQueuesAsync(
    { parent: PARENT, pageSize: 1 },
    { autoPaginate: false },
  ))
    names.push(name);
  expect(names).toEqual([QUEUE, `${PARENT}/queues/r`]);
  await client.deleteQueue({ name: QUEUE });
  await expect(client.getQueue({ name: QUEUE })).rejects.toMatchObject({ code: 5 });
});

test('tasks: created, shown in both views, listed page by page, run, deleted, purged', async () => {
  await client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
  await client.pauseQueue({ name: QUEUE });
  for (const id of ['a', 'b', 'c']) await client.createTask({ parent: QUEUE, task: task(id) });
  await expect(client.createTask({ parent: QUEUE, task: task('a') })).rejects.toMatchObject({ code: 6 });

  const [basic] = await client.getTask({ name: `${QUEUE}/tasks/a` });
  expect(basic).toMatchObject({ view: 'BASIC', dispatchCount: 0, httpRequest: { httpMethod: 'POST' } });
  expect(basic.httpRequest?.body).toHaveLength(0);
  const [full] = await client.getTask({ name: `${QUEUE}/tasks/a`, responseView: 'FULL' });
  expect(String(full.httpRequest?.body)).toBe('{"a":1}');

  const ids = [];
  for await (const { name } of client.listTasksAsync({ parent: QUEUE, pageSize: 2 }, { autoPaginate: false }))
    ids.push(name);
  expect(ids).toEqual(['a', 'b', 'c'].map((id) => `${QUEUE}/tasks/${id}`));

  const [run] = await client.runTask({ name: `${QUEUE}/tasks/b` });
  expect(run.dispatchCount).toBe(1);
  await expect.poll(() => boxes.deliveries).toMatchObject([{ box: 'alpha', path: '/work', body: { a: 1 } }]);
  await client.deleteTask({ name: `${QUEUE}/tasks/c` });
  await client.purgeQueue({ name: QUEUE });
  const [left] = await client.listTasks({ parent: QUEUE });
  expect(left).toEqual([]);
});
