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
async function discarded(sentBytes: number, { ends, limitMs }: { ends: boolean; limitMs: number }) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const result = new Promise<boolean>((resolve, reject) => {
    server.once('request', (incoming, outgoing) => {
      discardRest(incoming, undefined, limitMs).then((isRead) => {
        outgoing.end();
        resolve(isRead);
      }, reject);
    });
  });
  const client = request({ port, host: '127.0.0.1', method: 'POST' });
  client.on('error', () => {});
  client.write(Buffer.alloc(sentBytes));
  if (ends) client.end();
  return await result.finally(() => client.destroy());
}

test.each([
  ['a body that ends is read away', 5 * MIB, { ends: true, limitMs: 5_000 }, true],
  ['a body that does not end is given up', 1, { ends: false, limitMs: 50 }, false],
  ['so is one above the limit, before the time is over', 40 * MIB, { ends: false, limitMs: 20_000 }, false],
])('%s', async (_name, sentBytes, options, isRead) => {
  expect(await discarded(sentBytes, options)).toBe(isRead);
});
