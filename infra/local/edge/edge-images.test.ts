/** Pictures at the edge, in workerd: passed on as a stream, refused early, and refused while the function is down. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { RegisteredFunction } from '../../registry/registry.ts';
import { startEdge } from './edge.ts';

const FOLDER = join(import.meta.dirname, '../../../functions/diabetes');
const MIB = 1024 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };

const DIABETES: RegisteredFunction = {
  name: 'diabetes',
  folder: FOLDER,
  entry: join(FOLDER, 'node.ts'),
  worker: join(FOLDER, 'worker.ts'),
  config: {
    description: 'diabetes',
    memoryMiB: 256,
    cpu: 1,
    concurrency: 80,
    timeoutSeconds: 30,
    maxInstances: 1,
    triggers: [{ kind: 'http', edge: true }],
  },
};

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function openEdge(boxUrl: string): Promise<string> {
  const edge = await startEdge({ functions: [DIABETES], port: 0, boxUrl, onLine: () => {} });
  closers.push(() => edge.stop());
  return edge.origin;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The function itself, in a process of its own. */
async function startFunction(): Promise<string> {
  const env = { PORT: '0', PILLBOX_LISTEN_HOST: '127.0.0.1', MEMORY_LIMIT_MIB: '256' };
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
  const child: ChildProcess = spawn(process.execPath, [DIABETES.entry], { env, stdio: [...stdio] });
  closers.push(() => child.kill('SIGKILL'));
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the function has ended')));
    child.once('message', (message: { listeningPort: number }) => resolve(message.listeningPort));
  });
  return `http://127.0.0.1:${port}`;
}

function chunks(count: number, beforeLast?: () => Promise<void>): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      if (sent === count) return controller.close();
      if (sent === count - 1) await beforeLast?.();
      sent += 1;
      controller.enqueue(new Uint8Array(MIB / 4));
    },
  });
}

function postPicture(url: string, body: ReadableStream<Uint8Array>): Promise<Response> {
  const headers = { 'content-type': 'image/jpeg' };
  return fetch(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
}

test('a picture of 8 MiB reaches the function as it is sent: its beginning before its end', async () => {
  let arrivedBytes = 0;
  const server = createServer((incoming, outgoing) => {
    incoming.on('data', (chunk: Uint8Array) => {
      arrivedBytes += chunk.byteLength;
    });
    incoming.on('end', () => outgoing.end(JSON.stringify({ arrivedBytes })));
  });
  const origin = await openEdge(await listen(server));
  const body = chunks(32, () => expect.poll(() => arrivedBytes, { timeout: 5_000 }).toBeGreaterThan(7 * MIB));
  const response = await postPicture(`${origin}/diabetes/retina`, body);
  expect([response.status, response.headers.get('pillbox-served-by')]).toEqual([200, 'function']);
  expect(await response.json()).toEqual({ arrivedBytes: 8 * MIB });
});

test('with the function down a picture is a 503 with Retry-After, and tabular goes on working', async () => {
  const origin = await openEdge('http://127.0.0.1:9');
  const refused = await postPicture(`${origin}/diabetes/retina`, chunks(1));
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const document = await (await fetch(`${origin}/diabetes/openapi.json`)).json();
  const { example } = document.paths['/diabetes/tabular'].post.requestBody.content['application/json'];
  const body = JSON.stringify(example);
  const predicted = await fetch(`${origin}/diabetes/tabular`, { method: 'POST', headers: JSON_TYPE, body });
  expect(predicted.status).toBe(200);
});

test('a body that the function refuses half way is a 413, and the requests after it are answered', async () => {
  const origin = await openEdge(await startFunction());
  const atFunction = { ...JSON_TYPE, 'pillbox-run-at': 'function' };
  const tooLong = JSON.stringify({ image: 'A'.repeat(7 * MIB) });
  for (const send of [
    () => fetch(`${origin}/diabetes/retina`, { method: 'POST', headers: JSON_TYPE, body: tooLong }),
    () => fetch(`${origin}/diabetes/tabular`, { method: 'POST', headers: atFunction, body: tooLong }),
    () => postPicture(`${origin}/diabetes/retina`, chunks(100)),
  ]) {
    const refused = await send();
    expect([refused.status, (await refused.json()).code]).toEqual([413, 'body-too-large']);
    // Where the rest of a body was left on a connection, it broke one of these.
    for (const pauseMs of [0, 300, 300, 300]) {
      await delay(pauseMs);
      const next = await fetch(`${origin}/diabetes/health/live`, {
        headers: { 'pillbox-run-at': 'function' },
      });
      expect(next.status).toBe(200);
      await next.text();
    }
  }
});
