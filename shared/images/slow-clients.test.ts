/** Clients that send for seconds, beside others that send at once: those wait for no one. */

import { request } from 'node:http';
import { type HttpBindings, serve } from '@hono/node-server';
import { expect, onTestFinished, test } from 'vitest';
import { lingeringClose } from '../http/lingering-close.ts';
import { photo, service } from './image-routes.fixture.ts';

/** More than one after the other and all places to wait would take. */
const SLOW_CLIENTS = 20;
const DROP_BYTES = 20;
const DROP_MS = 200;

async function startService(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const app = service();
  const fetch = async (request: Request, bindings: unknown) => {
    const { incoming, outgoing } = bindings as HttpBindings;
    const response = await app.fetch(request);
    if (response.status === 408) lingeringClose(incoming, outgoing);
    return response;
  };
  const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port));
  onTestFinished(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return await promise;
}

/** The status of a request that announces `announcedBytes`, or nothing, and drips until it is answered. */
function drip(port: number, announcedBytes?: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const length = announcedBytes === undefined ? {} : { 'content-length': announcedBytes };
    const headers = { 'content-type': 'image/jpeg', ...length };
    const client = request({
      port,
      host: '127.0.0.1',
      path: '/retina',
      method: 'POST',
      headers,
      agent: false,
    });
    const drop = () => client.write(photo.subarray(0, DROP_BYTES));
    const timer = setInterval(drop, DROP_MS);
    client.on('close', () => clearInterval(timer));
    client.on('error', reject);
    client.on('response', ({ statusCode }) => {
      client
        .off('error', reject)
        .on('error', () => {})
        .destroy();
      resolve(statusCode);
    });
    drop();
  });
}

test('who has sent all is answered while others send drop by drop, which are 408', async () => {
  const port = await startService();
  const send = async () => {
    const headers = { 'content-type': 'image/jpeg' };
    const response = await fetch(`http://127.0.0.1:${port}/retina`, { method: 'POST', headers, body: photo });
    await response.arrayBuffer();
    return response.status;
  };
  let isDripping = true;
  const lengths = [100_000, 20_000_000, undefined];
  const slow = Promise.all(
    Array.from({ length: SLOW_CLIENTS }, (_, at) => drip(port, lengths[at % lengths.length])),
  ).finally(() => {
    isDripping = false;
  });
  const good = new Set<number>();
  while (isDripping) good.add(await send());
  expect([...good]).toEqual([200]);
  expect(new Set(await slow)).toEqual(new Set([408]));
});
