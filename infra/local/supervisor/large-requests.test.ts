/** Requests longer than an instance may be sent, and instances that answer before they have read all. */

import { once } from 'node:events';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { createFront } from './front.ts';

const MIB = 1024 * 1024;
const CHUNK = new Uint8Array(MIB);
const never = new Promise<never>(() => {});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A front whose one box is `instance`. */
async function startFront(instance: Server) {
  const port = await listen(instance);
  let asked = 0;
  let released = 0;
  const box = {
    limitMiB: 1,
    timeoutMs: 600_000,
    async acquire() {
      asked += 1;
      const release = () => {
        released += 1;
      };
      return { port, ended: never, release };
    },
  };
  const front = await listen(createFront(new Map([['box', box]])));
  return { front, counts: () => ({ asked, released }) };
}

/** Posts `count` MiB, announced or not; the status and the answer. */
async function post(
  port: number,
  count: number,
  isAnnounced: boolean,
): Promise<[number | undefined, string]> {
  const headers = isAnnounced ? { 'content-length': count * MIB } : {};
  const client = request({ port, host: '127.0.0.1', method: 'POST', path: '/box/x', headers, agent: false });
  Readable.from(Array.from({ length: count }, () => CHUNK)).pipe(client);
  const [answer] = await once(client, 'response');
  return [answer.statusCode, await text(answer)];
}

const readAll = () =>
  createServer((incoming, outgoing) => {
    let bytes = 0;
    incoming.on('data', ({ byteLength }) => {
      bytes += byteLength;
    });
    incoming.on('end', () => outgoing.end(String(bytes)));
  });

test.each([
  ['40 MiB that are announced', 40, true, 0],
  ['40 MiB that are not', 40, false, 1],
  ['100 MiB that are not', 100, false, 1],
])('%s are 413, though the instance would take them', async (_, count, isAnnounced, asked) => {
  const { front, counts } = await startFront(readAll());
  const [status, body] = await post(front, count, isAnnounced);
  expect([status, JSON.parse(body).code]).toEqual([413, 'request-too-large']);
  expect(counts()).toEqual({ asked, released: asked });
});

test.each([true, false])('32 MiB reach the instance, announced: %s', async (isAnnounced) => {
  const { front } = await startFront(readAll());
  expect(await post(front, 32, isAnnounced)).toEqual([200, String(32 * MIB)]);
});

test('a refusal that came before the end of the body is the answer, whatever is sent after it', async () => {
  const { promise: refused, resolve: onRefused } = Promise.withResolvers<ServerResponse>();
  const instance = createServer((_incoming, outgoing) => {
    outgoing.writeHead(415).write('not ');
    onRefused(outgoing);
  });
  const { front } = await startFront(instance);
  const client = request({ port: front, host: '127.0.0.1', method: 'POST', path: '/box/x' });
  const answered = once(client, 'response');
  client.write('first');
  const outgoing = await refused;
  const [answer] = await answered;
  // The instance reads none of it: were it still sent there, it would never be taken.
  for (let count = 0; count < 24; count += 1) {
    await new Promise((resolve) => client.write(CHUNK, resolve));
  }
  outgoing.end('this');
  expect([answer.statusCode, await text(answer)]).toEqual([415, 'not this']);
});
