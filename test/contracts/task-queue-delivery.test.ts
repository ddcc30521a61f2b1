/** How the local cloud delivers what the port was given: again after a failure, a few at a time, after a crash too. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseCloudConfig } from '../../infra/local/cloud/cloud-config-file.ts';
import { startLocalCloud } from '../../infra/local/cloud/local-cloud.ts';
import { RetryableError } from '../../shared/errors/retryable-error.ts';
import { openGoogleQueue } from '../../shared/tasks/google-task-queue.ts';
import { startBoxes } from './task-queue-boxes.ts';

const WHERE = { projectId: 'pillbox-local', location: 'us-central1' };
const MAIN = join(import.meta.dirname, '..', '..', 'infra', 'local', 'cloud', 'main.ts');
const MIN_BACKOFF_MS = 200;

const queueFields = (maxConcurrentDispatches = 100) => ({
  name: `projects/${WHERE.projectId}/locations/${WHERE.location}/queues/shard`,
  rateLimits: { maxConcurrentDispatches },
  retryConfig: { minBackoff: `${MIN_BACKOFF_MS / 1000}s`, maxDoublings: 5 },
});

async function makeDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-delivery-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function open(
  respond?: (response: ServerResponse, count: number) => void,
  { maxConcurrentDispatches = 100 } = {},
) {
  const dir = await makeDir();
  const boxes = await startBoxes(respond);
  const queues = [queueFields(maxConcurrentDispatches)];
  const cloud = await startLocalCloud({ dir, port: 0, ...parseCloudConfig({ queues }), log: () => {} });
  onTestFinished(async () => {
    await cloud.close();
    await boxes.close();
  });
  return { boxes, queue: openGoogleQueue({ ...WHERE, endpoint: cloud.origin, boxUrl: boxes.boxUrl }) };
}

test('a task answered 5xx comes again, each time after a longer wait, until it is answered 2xx', async () => {
  const { boxes, queue } = await open((response, count) => response.writeHead(count <= 3 ? 500 : 202).end());
  await queue.enqueue({ box: 'shard', path: '/shards', body: { shard: 1 } });
  await expect.poll(() => boxes.deliveries.length, { timeout: 60_000 }).toBe(4);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { deliveries } = boxes;
  expect(deliveries.map(({ body }) => body)).toEqual(Array(4).fill({ shard: 1 }));
  expect(deliveries.map(({ headers }) => headers['x-cloudtasks-taskretrycount'])).toEqual([
    '0',
    '1',
    '2',
    '3',
  ]);
  expect(deliveries[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
  const waits = deliveries.slice(1).map(({ atMs }, i) => atMs - (deliveries[i]?.atMs ?? 0));
  for (const [i, waitMs] of waits.entries()) {
    expect(waitMs).toBeGreaterThanOrEqual(MIN_BACKOFF_MS * 2 ** i);
  }
});

test('no more deliveries at a time than the queue allows', async () => {
  let underWay = 0;
  let most = 0;
  const { boxes, queue } = await open(
    (response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setTimeout(() => {
        underWay -= 1;
        response.end();
      }, 20);
    },
    { maxConcurrentDispatches: 3 },
  );
  await Promise.all(
    Array.from({ length: 30 }, (_, shard) =>
      queue.enqueue({ box: 'shard', path: '/shards', body: { shard } }),
    ),
  );
  await expect.poll(() => boxes.deliveries.length, { timeout: 60_000 }).toBe(30);
  expect(most).toBe(3);
  expect(new Set(boxes.deliveries.map(({ body }) => JSON.stringify(body))).size).toBe(30);
});

test('a cloud that is not there, and a queue that is not, are errors worth a retry', async () => {
  const boxUrl = 'http://127.0.0.1:1/{box}';
  const nowhere = openGoogleQueue({ ...WHERE, endpoint: 'http://127.0.0.1:1', boxUrl });
  const { queue } = await open();
  for (const [at, box] of [[nowhere, 'shard'] as const, [queue, 'absent'] as const]) {
    const error = await at.enqueue({ box, path: '/x', body: { secret: 'hush' } }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ code: 'tasks-unavailable', message: expect.stringContaining(box) });
    expect(String(error)).not.toContain('hush');
  }
});

test('tasks outlive a kill of the local cloud: one under way, one waiting, and the names of those done', async () => {
  const dir = await makeDir();
  let isFirst = true;
  const boxes = await startBoxes((response) => {
    // The first delivery is never answered: it is under way when the cloud is killed.
    if (!isFirst) response.end();
    isFirst = false;
  });
  onTestFinished(() => boxes.close());
  const config = join(dir, 'config.json');
  await writeFile(config, JSON.stringify({ queues: [queueFields()] }));

  const first = await startMain(dir, config);
  const before = openGoogleQueue({ ...WHERE, endpoint: first.origin, boxUrl: boxes.boxUrl });
  await before.enqueue({ box: 'shard', path: '/under-way', body: {}, key: 'under-way' });
  await expect.poll(() => boxes.deliveries.length).toBe(1);
  await before.enqueue({ box: 'shard', path: '/done', body: {}, key: 'done' });
  await expect.poll(() => boxes.deliveries.length).toBe(2);
  const scheduleTime = new Date(Date.now() + 3000);
  await before.enqueue({ box: 'shard', path: '/waiting', body: {}, key: 'waiting', scheduleTime });
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  const second = await startMain(dir, config);
  const after = openGoogleQueue({ ...WHERE, endpoint: second.origin, boxUrl: boxes.boxUrl });
  await expect.poll(() => boxes.deliveries.length, { timeout: 60_000 }).toBe(4);
  expect(boxes.deliveries.map(({ path }) => path)).toEqual(['/under-way', '/done', '/under-way', '/waiting']);
  expect(boxes.deliveries[3]?.atMs).toBeGreaterThanOrEqual(scheduleTime.getTime());
  for (const key of ['under-way', 'done', 'waiting']) {
    expect(await after.enqueue({ box: 'shard', path: '/x', body: {}, key })).toBe('already-exists');
  }
});

/** The local cloud as a process of its own. */
async function startMain(dir: string, config: string) {
  const child = spawn(process.execPath, [MAIN, '--port', '0', '--dir', dir, '--config', config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const { listening } = JSON.parse(String(line)) as { listening: number };
  return { child, origin: `http://127.0.0.1:${listening}` };
}
