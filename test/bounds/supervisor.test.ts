/** The supervisor with real processes: starts, shares, limits, replaces and ends them. */

import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isAlive, statsOf, withSupervisor } from './supervised.ts';

const json = async (response: Response | Promise<Response>) => (await response).json();

test('nothing runs before the first request; it waits for the start, which is measured', async () => {
  await withSupervisor({}, async (supervised) => {
    expect(statsOf(supervised, 'busy')).toMatchObject({ instances: 0, coldStartMs: undefined, peakMiB: 0 });
    const answers = await Promise.all([0, 1, 2].map(() => json(fetch(`${supervised.origin}/busy/wait/1`))));
    expect(answers.every((answer) => answer.pid > 0)).toBe(true);
    const stats = statsOf(supervised, 'busy');
    expect(stats).toMatchObject({ requests: 3, restarts: 0, kills: 0, limitMiB: 128, enforcedBy: 'watch' });
    expect(stats.coldStartMs).toBeGreaterThan(20);
    expect(stats.peakMiB).toBeGreaterThan(30);
    expect(stats.peakMiB).toBeLessThan(128);
    expect(statsOf(supervised, 'hog').instances).toBe(0);
  });
});

test('a box sees its path, the forwarded headers, and no environment but its own', async () => {
  await withSupervisor({ environment: { PILLBOX_BUCKET: 'test' } }, async ({ origin }) => {
    const seen = await json(
      fetch(`${origin}/busy/who?a=1&b=%2F`, { headers: { 'x-forwarded-for': '10.0.0.1' } }),
    );
    expect(seen).toMatchObject({ path: '/who', query: { a: '1', b: '/' } });
    expect(seen.headers).toMatchObject({
      'x-forwarded-for': '10.0.0.1, 127.0.0.1',
      'x-forwarded-host': new URL(origin).host,
      'x-forwarded-proto': 'http',
    });
    expect(Object.keys(seen.env).sort()).toEqual([
      'MALLOC_ARENA_MAX',
      'MALLOC_MMAP_THRESHOLD_',
      'MALLOC_TRIM_THRESHOLD_',
      'MEMORY_LIMIT_MIB',
      'PILLBOX_BUCKET',
      'PILLBOX_LISTEN_HOST',
      'PORT',
    ]);
  });
});

test('an unknown box is 404 and names those that exist', async () => {
  await withSupervisor({}, async ({ origin }) => {
    const response = await fetch(`${origin}/nobody/x`, { method: 'POST', body: 'x'.repeat(1_000_000) });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: 'no-such-box',
      detail: expect.stringContaining('busy, hog'),
    });
  });
});

test('no instance has more requests than its concurrency, no box more instances than it may', async () => {
  await withSupervisor({ config: { maxInstances: 2, concurrency: 2 } }, async (supervised) => {
    const requests = Array.from({ length: 12 }, () => json(fetch(`${supervised.origin}/busy/wait/150`)));
    const answers = await Promise.all(requests);
    expect(Math.max(...answers.map((answer) => answer.mostRunning))).toBe(2);
    const pids = new Set(answers.map((answer) => answer.pid));
    expect(pids.size).toBeLessThanOrEqual(2);
    expect(pids).toEqual(new Set(statsOf(supervised, 'busy').pids));
  });
});

test('who cannot be served in time is answered 429 with Retry-After', async () => {
  const options = { config: { maxInstances: 1, concurrency: 1 }, waitMs: 5_000, maxWaiting: 1 };
  await withSupervisor(options, async ({ origin }) => {
    await json(fetch(`${origin}/busy/wait/0`));
    const served = fetch(`${origin}/busy/wait/6000`);
    await delay(200);
    const waiting = fetch(`${origin}/busy/wait/0`);
    await delay(200);
    const tooMany = await fetch(`${origin}/busy/wait/0`);
    for (const refused of [tooMany, await waiting]) {
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(refused.headers.get('content-type')).toMatch(/problem\+json/);
    }
    expect((await served).status).toBe(200);
  });
});

test('a process that dies gives 502 to its requests, a line to the user, and is replaced', async () => {
  await withSupervisor({ config: { maxInstances: 1 } }, async (supervised) => {
    const { origin, notices } = supervised;
    const before = await json(fetch(`${origin}/busy/wait/0`));
    const other = fetch(`${origin}/busy/wait/60000`);
    await expect.poll(() => statsOf(supervised, 'busy').requests).toBe(2);
    const died = await fetch(`${origin}/busy/die`);
    for (const response of [died, await other]) {
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({
        code: 'instance-died',
        detail: expect.stringContaining('SIGKILL'),
      });
    }
    expect(notices).toEqual([
      'busy: its process ended by itself (SIGKILL); its 2 requests were answered 502',
    ]);
    const after = await json(fetch(`${origin}/busy/wait/0`));
    expect(after.pid).not.toBe(before.pid);
    expect(statsOf(supervised, 'busy')).toMatchObject({ restarts: 1, kills: 0, instances: 1 });
  });
});

test('an answer that breaks off half way is not passed on as a whole one', async () => {
  await withSupervisor({}, async ({ origin }) => {
    const [response] = await once(get(`${origin}/busy/fail-half-way`), 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
    const [error] = await once(response, 'error');
    expect(error.code).toBe('ECONNRESET');
  });
});

test('a box that does not start: 503 with its reason, and its own words in the log', async () => {
  await withSupervisor({}, async (supervised) => {
    const { origin, notices, lines } = supervised;
    const first = await fetch(`${origin}/broken/x`);
    expect(first.status).toBe(503);
    expect(Number(first.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await first.json()).toMatchObject({
      code: 'start-failed',
      detail: expect.stringContaining('exit code 3'),
    });
    expect(notices[0]).toContain('broken: its process ended by itself (exit code 3)');
    await expect.poll(() => lines).toContain('broken: broken: no such model');

    const startMs = performance.now();
    for (let i = 0; i < 3; i++) expect((await fetch(`${origin}/broken/x`)).status).toBe(503);
    // 0, 250 and 500 ms of back-off, and no more than one start for each request.
    expect(performance.now() - startMs).toBeGreaterThan(700);
    expect(statsOf(supervised, 'broken').restarts).toBe(3);
  });
});

test('a client that hangs up frees its place', async () => {
  await withSupervisor(
    { config: { maxInstances: 1, concurrency: 1 }, waitMs: 10_000 },
    async ({ origin }) => {
      const client = new AbortController();
      const served = fetch(`${origin}/busy/wait/60000`, { signal: client.signal });
      const waiting = fetch(`${origin}/busy/wait/60000`, { signal: client.signal });
      await delay(1_000);
      client.abort();
      await expect(served).rejects.toThrow();
      await expect(waiting).rejects.toThrow();
      expect((await fetch(`${origin}/busy/wait/0`)).status).toBe(200);
    },
  );
});

test('an answer that comes before the body was sent reaches the client', async () => {
  await withSupervisor({}, async ({ origin }) => {
    const headers = { 'content-type': 'application/json' };
    const body = 'x'.repeat(5_000_000);
    // More than once: a reset that overtakes the answer is a matter of luck.
    for (let i = 0; i < 10; i++) {
      const response = await fetch(`${origin}/busy/small`, { method: 'POST', headers, body });
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ code: 'body-too-large' });
      expect(Number(response.headers.get('pillbox-peak-mib'))).toBeGreaterThan(30);
    }
  });
});

test('a request over the timeout of its function is answered 504', async () => {
  await withSupervisor({ config: { timeoutSeconds: 1 } }, async ({ origin }) => {
    await json(fetch(`${origin}/busy/wait/0`));
    const startMs = performance.now();
    const response = await fetch(`${origin}/busy/wait/60000`);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ code: 'timed-out' });
    expect(performance.now() - startMs).toBeLessThan(30_000);
    expect((await fetch(`${origin}/busy/wait/0`)).status).toBe(200);
  });
});

test('an idle box ends by itself and starts again for the next request', async () => {
  await withSupervisor({ idleMs: 300 }, async (supervised) => {
    const { pid } = await json(fetch(`${supervised.origin}/busy/wait/0`));
    await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false);
    expect(statsOf(supervised, 'busy').instances).toBe(0);
    const { pid: next } = await json(fetch(`${supervised.origin}/busy/wait/600`));
    expect(next).not.toBe(pid);
    expect(statsOf(supervised, 'busy')).toMatchObject({ restarts: 0 });
    expect(supervised.notices).toEqual([]);
  });
});

test('stop lets a request finish and leaves no process, not even one that ignores SIGTERM', async () => {
  let pids: readonly number[] = [];
  let last: Promise<Response> | undefined;
  const startMs = performance.now();
  await withSupervisor({ stopGraceMs: 1_500 }, async (supervised) => {
    await json(fetch(`${supervised.origin}/stubborn/pid`));
    await json(fetch(`${supervised.origin}/busy/wait/0`));
    last = fetch(`${supervised.origin}/busy/wait/500`);
    await delay(200);
    pids = supervised.stats().flatMap((stats) => stats.pids);
    expect(pids.filter(isAlive).length).toBe(2);
    await supervised.stop();
    expect(performance.now() - startMs).toBeLessThan(15_000);
  });
  expect((await last)?.status).toBe(200);
  expect(pids.filter(isAlive)).toEqual([]);
});
