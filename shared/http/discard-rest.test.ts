import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { discardRest } from './discard-rest.ts';

const MIB = 1024 * 1024;
const server = createServer();
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** What discardRest says of a body of `sentBytes`, of which the client ends only what `ends`. */
async function discarded(
  sentBytes: number,
  { ends, trickleMs, ...limits }: { ends: boolean; trickleMs?: number; quietMs: number; limitMs: number },
) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const result = new Promise<boolean>((resolve, reject) => {
    server.once('request', (incoming, outgoing) => {
      discardRest(incoming, undefined, limits).then((isRead) => {
        outgoing.end();
        resolve(isRead);
      }, reject);
    });
  });
  const client = request({ port, host: '127.0.0.1', method: 'POST' });
  client.on('error', () => {});
  const answered = new Promise<boolean>((resolve) => {
    client.on('response', () => resolve(true));
    client.on('close', () => resolve(false));
  });
  client.write(Buffer.alloc(sentBytes));
  const trickle = trickleMs === undefined ? undefined : setInterval(() => client.write('.'), trickleMs);
  if (ends) client.end();
  try {
    const isRead = await result;
    // Whatever it says, the connection still carries the answer.
    return { isRead, isAnswered: await answered };
  } finally {
    clearInterval(trickle);
    client.destroy();
  }
}

test.each([
  ['a body that ends is read away', 5 * MIB, { ends: true, quietMs: 5_000, limitMs: 5_000 }, true],
  ['a body that stops coming is given up', 1, { ends: false, quietMs: 50, limitMs: 20_000 }, false],
  [
    'so is one that comes drop by drop for ever',
    1,
    { ends: false, trickleMs: 20, quietMs: 20_000, limitMs: 200 },
    false,
  ],
  [
    'so is one above the limit, before the time is over',
    40 * MIB,
    { ends: false, quietMs: 20_000, limitMs: 20_000 },
    false,
  ],
])('%s', async (_name, sentBytes, options, isRead) => {
  expect(await discarded(sentBytes, options)).toEqual({ isRead, isAnswered: true });
});
