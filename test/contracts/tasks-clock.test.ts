/** The clock of the local cloud, moved from outside: hours of waiting pass while the test looks on. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openGoogleQueue } from '../../shared/tasks/google-task-queue.ts';
import { startBoxes } from './task-queue-boxes.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'infra', 'local', 'cloud', 'main.ts');
const QUEUE = 'projects/p/locations/l/queues/alpha';
const HOUR_MS = 3_600_000;

/** The local cloud as a process of its own. */
async function startMain(flags: readonly string[] = ['--test-clock']) {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-clock-'));
  const config = join(dir, 'config.json');
  const retryConfig = { maxAttempts: 8, minBackoff: '3600s', maxBackoff: '36000s', maxDoublings: 2 };
  await writeFile(config, JSON.stringify({ queues: [{ name: QUEUE, retryConfig }] }));
  const child = spawn(process.execPath, [MAIN, '--port', '0', '--dir', dir, '--config', config, ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    await rm(dir, { recursive: true, force: true });
  });
  const [line] = await once(child.stdout, 'data');
  const origin = `http://127.0.0.1:${(JSON.parse(String(line)) as { listening: number }).listening}`;
  const post = (body: string) => fetch(`${origin}/_pillbox/clock`, { method: 'POST', body });
  return { origin, post, advance: (advanceMs: number) => post(JSON.stringify({ advanceMs })) };
}

test('two days of back-off in seconds: doubled twice, then linear, then given up', async () => {
  const { origin, advance } = await startMain();
  const boxes = await startBoxes((response) => response.writeHead(500).end());
  onTestFinished(() => boxes.close());
  const queue = openGoogleQueue({ projectId: 'p', location: 'l', endpoint: origin, boxUrl: boxes.boxUrl });
  const startedMs = Date.now();
  const attemptsAfter = async (hours: number) => {
    expect((await advance(hours * HOUR_MS)).status).toBe(200);
    return boxes.deliveries.length;
  };
  await queue.enqueue({ box: 'alpha', path: '/work', body: {}, key: 'k' });
  expect(await attemptsAfter(0.99)).toBe(1);
  // The waits are 1, 2, 4, 8, 10, 10 and 10 hours.
  expect(await attemptsAfter(0.02)).toBe(2);
  expect(await attemptsAfter(1.98)).toBe(2);
  expect(await attemptsAfter(0.02)).toBe(3);
  expect(await attemptsAfter(12)).toBe(5);
  expect(await attemptsAfter(48)).toBe(8);
  expect(Date.now() - startedMs).toBeLessThan(HOUR_MS / 2);
  expect(boxes.deliveries.at(-1)?.headers['x-cloudtasks-taskretrycount']).toBe('7');
  // The name of what was given up is free again after an hour.
  expect(await queue.enqueue({ box: 'alpha', path: '/work', body: {}, key: 'k' })).toBe('created');
});

test('a name and a schedule time are of that clock; a target that hangs meets its deadline', async () => {
  const { origin, post, advance } = await startMain();
  const boxes = await startBoxes((response, count) => {
    if (count === 1) response.end();
  });
  onTestFinished(() => boxes.close());
  const queue = openGoogleQueue({ projectId: 'p', location: 'l', endpoint: origin, boxUrl: boxes.boxUrl });
  const { nowMs } = (await (await fetch(`${origin}/_pillbox/clock`)).json()) as { nowMs: number };
  const task = { box: 'alpha', path: '/work', body: {}, key: 'k' };
  await queue.enqueue({ ...task, scheduleTime: new Date(nowMs + 5 * HOUR_MS) });
  await advance(4.9 * HOUR_MS);
  expect(boxes.deliveries).toEqual([]);
  await advance(0.2 * HOUR_MS);
  expect(boxes.deliveries).toHaveLength(1);
  expect(await queue.enqueue(task)).toBe('already-exists');
  await advance(HOUR_MS);
  expect(await queue.enqueue(task)).toBe('created');
  await expect.poll(() => boxes.deliveries.length).toBe(2);
  await post(JSON.stringify({ advanceMs: 600_001, settleMs: 50 }));
  await post(JSON.stringify({ advanceMs: HOUR_MS, settleMs: 50 }));
  await expect.poll(() => boxes.deliveries.length).toBe(3);
  expect(boxes.deliveries[2]?.headers).toMatchObject({
    'x-cloudtasks-taskpreviousresponse': '504',
    'x-cloudtasks-taskexecutioncount': '0',
  });
});

test.each([
  '',
  '{',
  '{"advanceMs":-1}',
  '{"advanceMs":"1"}',
  '{"advanceMs":1e99}',
  '{"advanceMs":1,"x":1}',
  'x'.repeat(100_000),
])('refuses a body that is no advance', async (body) => {
  const { post } = await startMain();
  const response = await post(body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { status: 'INVALID_ARGUMENT' } });
});

test('without --test-clock it is the system clock, which nobody moves', async () => {
  const { origin, advance } = await startMain([]);
  const response = await advance(1);
  expect(response.status).toBe(412);
  expect(await response.json()).toMatchObject({ error: { status: 'FAILED_PRECONDITION' } });
  expect(await (await fetch(`${origin}/_pillbox/clock`)).json()).toMatchObject({ isMovable: false });
});
