import { once } from 'node:events';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { HttpProblem } from '../../../shared/http/problem.ts';
import type { BoxReport } from './box-report.ts';
import { createFront, REPORT_PATH } from './front.ts';

/** A front whose one box is always full, which shows that a request has come through to it. */
async function startFront() {
  let asked = 0;
  const box = {
    limitMiB: 1,
    timeoutMs: 1000,
    async acquire(): Promise<never> {
      asked += 1;
      throw new HttpProblem(503, 'full', 'Full');
    },
  };
  const server = createFront(new Map([['busy', box]])).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const statusOf = (headers: Record<string, string>) =>
    new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', path: '/busy/x', headers, agent: false }, (response) => {
        resolve(response.resume().statusCode);
      }).on('error', reject);
    });
  return { statusOf, asked: () => asked };
}

test('a page of the web reaches no box, by its own name or by one of this machine', async () => {
  const { statusOf, asked } = await startFront();
  expect(await statusOf({ host: 'evil.example' })).toBe(403);
  expect(await statusOf({ host: 'localhost', origin: 'https://evil.example' })).toBe(403);
  expect(await statusOf({ host: 'localhost', origin: 'null' })).toBe(403);
  expect(asked()).toBe(0);
});

test('programs and pages of this machine do', async () => {
  const { statusOf, asked } = await startFront();
  expect(await statusOf({})).toBe(503);
  expect(await statusOf({ host: 'localhost:8789' })).toBe(503);
  expect(await statusOf({ host: '[::1]:8789', origin: 'http://127.0.0.1:8787' })).toBe(503);
  expect(asked()).toBe(3);
});

test('programs of this machine are told of the boxes, and no page of the web is', async () => {
  const report = { function: 'busy', kills: 3 } as BoxReport;
  const server = createFront(new Map(), async () => [report]).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}${REPORT_PATH}`;
  const headers = { connection: 'close' };
  expect(await (await fetch(url, { headers })).json()).toEqual({ boxes: [{ function: 'busy', kills: 3 }] });
  expect((await fetch(url, { headers: { ...headers, origin: 'https://evil.example' } })).status).toBe(403);
});
