import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';

const BUSY = join(import.meta.dirname, '../../test/fixtures/functions/busy/node.ts');
/** What the fixture passes to serveBox. */
const DRAIN_MS = 2_000;

interface Box {
  readonly child: ChildProcess;
  readonly port: number;
  readonly url: string;
  output(): string;
}

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

async function startBox(): Promise<Box> {
  const child = spawn(process.execPath, [BUSY], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PORT: '0', PILLBOX_LISTEN_HOST: '127.0.0.1', MEMORY_LIMIT_MIB: '128' },
  });
  running.push(child);
  let output = '';
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error(output)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
        const listening = /"port":(\d+)/.exec(output)?.[1];
        if (listening !== undefined) resolve(Number(listening));
      });
    }
  });
  return { child, port, url: `http://127.0.0.1:${port}`, output: () => output };
}

test('listening is logged with the memory limit; every response tells the peak', async () => {
  const box = await startBox();
  expect(box.output()).toMatch(/"message":"listening".*"limitMiB":128,"limitSource":"MEMORY_LIMIT_MIB"/);
  for (const path of ['/wait/0', '/health/ready', '/fail', '/nowhere']) {
    const response = await fetch(box.url + path);
    const peakMiB = Number(response.headers.get('pillbox-peak-mib'));
    expect(peakMiB).toBeGreaterThan(30);
    expect(peakMiB).toBeLessThan(128);
    await response.text();
  }
});

test('SIGTERM: what has begun is finished, nothing new is accepted, the process ends with 0', async () => {
  const box = await startBox();
  const agent = new Agent({ keepAlive: true });
  const begun = once(get(`${box.url}/wait/800`, { agent }), 'response');
  await expect.poll(() => box.output()).toContain('1 waiting');
  const exited = once(box.child, 'exit');
  box.child.kill('SIGTERM');
  await expect.poll(() => box.output()).toContain('draining');
  await expect(fetch(`${box.url}/wait/0`)).rejects.toThrow();
  const [response] = await begun;
  expect(response.statusCode).toBe(200);
  expect(response.headers.connection).toBe('close');
  expect(JSON.parse(await text(response))).toMatchObject({ mostRunning: 1 });
  const answeredMs = performance.now();
  expect(await exited).toEqual([0, null]);
  expect(performance.now() - answeredMs).toBeLessThan(DRAIN_MS / 2);
});

test('SIGTERM with an idle connection held open by a client', async () => {
  const box = await startBox();
  const agent = new Agent({ keepAlive: true });
  const [response] = await once(get(`${box.url}/wait/0`, { agent }), 'response');
  await text(response);
  box.child.kill('SIGTERM');
  expect(await once(box.child, 'exit')).toEqual([0, null]);
});

test('SIGTERM with a request that does not end: cut once the time to drain is over', async () => {
  const box = await startBox();
  const begun = fetch(`${box.url}/wait/600000`).then(
    () => 'answered',
    () => 'cut',
  );
  await expect.poll(() => box.output()).toContain('1 waiting');
  const startMs = performance.now();
  box.child.kill('SIGTERM');
  expect(await once(box.child, 'exit')).toEqual([0, null]);
  expect(performance.now() - startMs).toBeGreaterThan(DRAIN_MS - 100);
  expect(await begun).toBe('cut');
});

test('a port that is taken ends the process with its reason', async () => {
  const box = await startBox();
  const second = spawn(process.execPath, [BUSY], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PORT: String(box.port), PILLBOX_LISTEN_HOST: '127.0.0.1' },
  });
  running.push(second);
  expect(await text(second.stderr)).toContain('EADDRINUSE');
});

test('an error in a streamed body cuts the response and tells nobody its message', async () => {
  const box = await startBox();
  const [response] = await once(get(`${box.url}/fail-half-way`), 'response');
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [error] = await once(response, 'error');
  expect(error.code).toBe('ECONNRESET');
  await expect.poll(() => box.output()).toContain('a response ended half way');
  expect(box.output() + Buffer.concat(chunks).toString()).not.toContain('SECRET');
});

test('an error that nobody caught ends the process and is logged without its message', async () => {
  const box = await startBox();
  await fetch(`${box.url}/fail-later`);
  expect(await once(box.child, 'exit')).toEqual([1, null]);
  expect(box.output()).toMatch(/uncaught error.*fail|uncaught error.*node\.ts/);
  expect(box.output()).not.toContain('SECRET');
});

test('a chunked body over the limit is answered 413 while it is still being sent', async () => {
  const box = await startBox();
  const sent = request(`${box.url}/small`, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
  sent.on('error', () => {});
  const answered = once(sent, 'response');
  sent.write('x'.repeat(5_000));
  const [response] = await answered;
  expect(response.statusCode).toBe(413);
  sent.destroy();
});

test('a body shorter than announced, and one cut, leave a box that answers', async () => {
  const box = await startBox();
  const head = (bytes: number) => `POST /small HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes}\r\n\r\n`;
  for (const sent of [`${head(500)}{"glucose": "SECRET"`, `${head(2)}{}{"glucose": "SECRET"}`]) {
    const socket = connect(box.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(sent);
    await delay(100);
    socket.destroy();
  }
  await expect.poll(() => box.output()).toContain('POST /small 400');
  expect((await fetch(`${box.url}/wait/0`)).status).toBe(200);
  expect(box.output()).not.toContain('SECRET');
});
