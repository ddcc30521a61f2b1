/** What a connection that breaks, or a source that fails, does to a transfer and to those beside it. */

import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32c } from '@node-rs/crc32';
import { expect, onTestFinished, test } from 'vitest';
import { encodeCrc32c } from './crc32c.ts';
import { openGoogleStore } from './google-object-store.ts';
import { StorageRefusedError } from './storage-errors.ts';

const MIB = 1024 * 1024;

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    store: openGoogleStore({ endpoint })('pillbox'),
    connections: () =>
      new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count))),
  };
}

function headersFor(bytes: Buffer) {
  return {
    'content-length': bytes.length,
    'x-goog-hash': `crc32c=${encodeCrc32c(crc32c(bytes))}`,
    'content-type': 'application/octet-stream',
  };
}

async function sizeOf(body: AsyncIterable<Uint8Array>): Promise<number> {
  let sizeBytes = 0;
  for await (const chunk of body) sizeBytes += chunk.length;
  return sizeBytes;
}

test('a download that is cut throws, whole or in range', async () => {
  const { store } = await serve((request, response) => {
    response.writeHead(request.headers.range === undefined ? 200 : 206, headersFor(Buffer.alloc(MIB)));
    response.write(Buffer.alloc(1000), () => response.destroy());
  });
  const unavailable = expect.objectContaining({ code: 'storage-unavailable' });
  await expect(sizeOf(store.read('x'))).rejects.toEqual(unavailable);
  await expect(sizeOf(store.read('x', { startByte: 1 }))).rejects.toEqual(unavailable);
});

test('a download of other bytes than were stored throws', async () => {
  const { store } = await serve((_request, response) => {
    response.writeHead(200, headersFor(Buffer.from('right')));
    response.end('wrong');
  });
  await expect(sizeOf(store.read('x'))).rejects.toMatchObject({ code: 'storage-unavailable' });
});

test('an upload that arrives as other bytes is deleted, its very generation, and throws', async () => {
  const deletes: string[] = [];
  const { store } = await serve((request, response) => {
    request.resume();
    if (request.method === 'DELETE') {
      deletes.push(request.url ?? '');
      response.writeHead(204).end();
      return;
    }
    request.on('end', () => sendResource(response, { crc32c: encodeCrc32c(crc32c('other')) }));
  });
  await expect(store.create('x', 'content')).rejects.toMatchObject({ code: 'storage-unavailable' });
  expect(deletes).toEqual([expect.stringContaining('ifGenerationMatch=7')]);
});

test('a server that is out of order is asked again, and in the end told of', async () => {
  let asked = 0;
  const { store } = await serve((request, response) => {
    request.resume();
    asked += 1;
    if (asked === 2) sendResource(response, { crc32c: encodeCrc32c(crc32c('content')) });
    else response.writeHead(503).end();
  });
  await expect(store.create('x', 'content')).resolves.toMatchObject({ generation: '7' });
  expect(asked).toBe(2);

  const failing = store.create(
    'x',
    (async function* () {
      yield Buffer.from('a stream is sent once');
    })(),
  );
  await expect(failing).rejects.toMatchObject({ name: 'RetryableError', code: 'storage-unavailable' });
  expect(asked).toBe(3);
});

test('nothing of the object is in the error of a refused upload', async () => {
  const { store } = await serve((request, response) => {
    request.resume();
    response.writeHead(403, { 'content-type': 'application/json' }).end('{"error":{"code":403}}');
  });
  const error: unknown = await store.create('x', 'a secret').catch((thrown: unknown) => thrown);
  expect(error).toEqual(new StorageRefusedError('x', 403));
  expect(error).not.toHaveProperty('cause');
});

test.each([400, 401, 403])(
  'what is answered %d is refused, whatever was asked, and asked once',
  async (status) => {
    let asked = 0;
    const { store } = await serve((request, response) => {
      asked += 1;
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(`{"error":{"code":${status},"errors":[]}}`);
    });
    const calls = [
      () => store.stat('x'),
      () => sizeOf(store.read('x')),
      () => sizeOf(store.read('x', { startByte: 1 })),
      () => store.create('x', 'content'),
      () => store.delete('x'),
      () => store.compose('x', [{ name: 'a', generation: '1' }]),
      () => store.list('x')[Symbol.asyncIterator]().next(),
    ];
    for (const call of calls) {
      const error: unknown = await call().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(StorageRefusedError);
      expect(error).toMatchObject({ objectName: 'x', status });
    }
    expect(asked).toBe(calls.length);
  },
);

test('a source that fails closes its connection, and a read that is left its own', async () => {
  const { store, connections } = await serve((request: IncomingMessage, response) => {
    request.resume().on('error', () => {});
    if (request.method === 'GET')
      response.writeHead(200, { 'content-length': 100 * MIB }).write(Buffer.alloc(MIB));
  });
  const failure = new Error('the source failed');
  const failing = store.create(
    'x',
    (async function* () {
      yield Buffer.alloc(MIB);
      throw failure;
    })(),
  );
  await expect(failing).rejects.toBe(failure);
  for await (const _chunk of store.read('x')) break;
  await expect.poll(connections).toBe(0);
});

test('a read that is left leaves the others alone', async () => {
  const bytes = Buffer.alloc(4 * MIB, 1);
  const { store } = await serve((_request, response) => {
    response.writeHead(200, headersFor(bytes));
    response.write(bytes.subarray(0, MIB));
    setTimeout(() => response.end(bytes.subarray(MIB)), 100);
  });
  const others = [1, 2, 3].map(() => sizeOf(store.read('x')));
  for await (const _chunk of store.read('x')) break;
  expect(await Promise.all(others)).toEqual([bytes.length, bytes.length, bytes.length]);
});

function sendResource(response: ServerResponse, { crc32c: checksum }: { crc32c: string }): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ name: 'x', generation: '7', size: '7', crc32c: checksum }));
}
