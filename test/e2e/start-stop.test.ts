/** `pillbox start` as a user lives with it: stays up, stops on Ctrl-C, and finds its data again. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pillbox, runPillbox, watchDescendants } from './local-run.ts';

const STOP_LIMIT_MS = 20_000;
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-stop-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function start() {
  const run = runPillbox(['start', '--data', dir, '--patients', '6', '--port', '0']);
  return { ...run, descendants: watchDescendants(run.child.pid ?? 0) };
}

async function interrupt(run: ReturnType<typeof start>): Promise<number> {
  const startedMs = performance.now();
  run.child.kill('SIGINT');
  await run.ended;
  run.descendants.stop();
  return performance.now() - startedMs;
}

test('Ctrl-C in the middle of the job leaves nothing running, and the next start ends that job', async () => {
  const first = start();
  const [, job = ''] = await first.until(/\b(demo-\d+)\b/);
  expect(await interrupt(first)).toBeLessThan(STOP_LIMIT_MS);
  await expect.poll(() => first.descendants.alive()).toEqual([]);

  const second = start();
  await second.until(/Ctrl-C/);
  expect(second.output()).toMatch(/found/);
  expect(second.output()).toContain(job);

  const status = await pillbox('status', job, '--data', dir, '--json');
  expect(status.code, status.output).toBe(0);
  expect(JSON.parse(status.output)).toMatchObject({ state: 'done' });

  expect(await interrupt(second)).toBeLessThan(STOP_LIMIT_MS);
  await expect.poll(() => second.descendants.alive()).toEqual([]);
}, 240_000);

test('--once ends when the local cloud dies; the next start ends its job', async () => {
  const run = runPillbox(['start', '--once', '--data', dir, '--patients', '6', '--port', '0']);
  const descendants = watchDescendants(run.child.pid ?? 0);
  await run.until(/\b(demo-\d+)\b/);
  const cloud = descendants.alive().find((line) => line.includes('cloud/main.ts'));
  process.kill(Number.parseInt(cloud ?? '', 10), 'SIGKILL');
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain('the local cloud ended (SIGKILL)');
  await expect.poll(() => descendants.alive()).toEqual([]);
  descendants.stop();

  const next = runPillbox(['start', '--once', '--data', dir, '--patients', '6', '--port', '0']);
  expect(await next.ended, next.output()).toBe(0);
}, 240_000);

test('a kill that nobody can catch takes the children along', async () => {
  const run = start();
  await run.until(/Ctrl-C/);
  run.child.kill('SIGKILL');
  await run.ended;
  await expect.poll(() => run.descendants.alive()).toEqual([]);
  run.descendants.stop();
}, 240_000);
