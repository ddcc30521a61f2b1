/** The retry test protocol: what was announced happens, in order, once, and only to the calls that ask for it. */

import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type StorageUnderTest, startStorage } from './storage-under-test.ts';

const UNIT = 256 * 1024;

async function announce(storage: StorageUnderTest, instructions: Record<string, string[]>) {
  const body = JSON.stringify({ instructions, transport: 'HTTP' });
  const { id } = await (await storage.call('/retry_test', { method: 'POST', body })).json();
  const headers = { 'x-retry-test-id': id };
  const isCompleted = async () => (await (await storage.call(`/retry_test/${id}`)).json()).completed;
  return { id, headers, isCompleted };
}

test('statuses come in order, to calls of the method that carry the id', async () => {
  const storage = await startStorage();
  const { put, call, text } = storage;
  await put('x', 'content');
  const { headers, isCompleted, id } = await announce(storage, {
    'storage.objects.get': ['return-503', 'return-401'],
  });
  const get = async () => {
    const response = await call('/b/pillbox/o/x?alt=media', { headers });
    return response.status === 200 ? response.text() : (await response.json()).error;
  };
  expect((await call('/b/pillbox', { headers })).status).toBe(200);
  expect(await text('x')).toBe('content');
  expect(await get()).toMatchObject({ code: 503, errors: [{ reason: 'backendError' }] });
  expect(await isCompleted()).toBe(false);
  // The XML API's path is another to the same method.
  expect((await call('/pillbox/x', { headers })).status).toBe(401);
  expect(await isCompleted()).toBe(true);
  expect(await get()).toBe('content');
  expect((await call('/retry_tests')).status).toBe(200);
  expect((await call(`/retry_test/${id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await call(`/retry_test/${id}`)).status).toBe(404);
  expect(await get()).toMatchObject({ code: 404 });
});

test('a reset connection is reset before anything is done', async () => {
  const storage = await startStorage();
  const { headers, isCompleted } = await announce(storage, {
    'storage.objects.insert': ['return-reset-connection'],
  });
  const upload = () =>
    storage.call('/upload/b/pillbox/o?uploadType=media&name=x', { method: 'POST', headers, body: 'data' });
  await expect(upload()).rejects.toThrow('fetch failed');
  expect((await storage.call('/b/pillbox/o/x')).status).toBe(404);
  expect(await isCompleted()).toBe(true);
  expect((await upload()).status).toBe(200);
});

test('a broken stream ends after its bytes, of an answer that has as many', async () => {
  const storage = await startStorage();
  await storage.put('x', Buffer.alloc(5000, 'x'));
  const { headers, isCompleted } = await announce(storage, {
    'storage.objects.get': ['return-broken-stream-after-2K', 'return-broken-stream'],
  });
  const got = async (range: string) => {
    const response = await storage.call('/b/pillbox/o/x?alt=media', { headers: { ...headers, range } });
    let bytes = 0;
    try {
      for await (const chunk of response.body ?? []) bytes += chunk.length;
    } catch {
      return `broken after ${bytes}`;
    }
    return bytes;
  };
  expect(await got('bytes=0-1000')).toBe(1001);
  expect(await got('bytes=0-')).toBe('broken after 2048');
  expect(await got('bytes=0-')).toBe('broken after 4');
  expect(await isCompleted()).toBe(true);
  expect(await got('bytes=0-')).toBe(5000);
});

test('an upload stops at its byte, keeps what came before, and goes on', async () => {
  const storage = await startStorage();
  const { headers, isCompleted } = await announce(storage, {
    'storage.objects.insert': ['return-503-after-256K'],
  });
  const started = await storage.call('/upload/b/pillbox/o?uploadType=resumable&name=x', { method: 'POST' });
  const session = (started.headers.get('location') ?? '').replace(storage.origin, '');
  const bytes = Buffer.alloc(2 * UNIT, 'abc');
  const send = (range: string, body?: Buffer<ArrayBuffer>) =>
    storage.call(session, {
      method: 'PUT',
      headers: { ...headers, 'content-range': range },
      ...(body && { body }),
    });
  expect((await send(`bytes 0-${2 * UNIT - 1}/${2 * UNIT}`, bytes)).status).toBe(503);
  expect(await isCompleted()).toBe(true);
  const asked = await send('bytes */*');
  expect([asked.status, asked.headers.get('range')]).toEqual([308, `bytes=0-${UNIT - 1}`]);
  const rest = await send(`bytes ${UNIT}-${2 * UNIT - 1}/${2 * UNIT}`, bytes.subarray(UNIT));
  expect(rest.status).toBe(200);
  expect(await storage.text('x')).toBe(bytes.toString());
});

test('the answer to the last chunk is cut, and the object is there', async () => {
  const storage = await startStorage();
  const { headers, isCompleted } = await announce(storage, {
    'storage.objects.insert': ['return-broken-stream-final-chunk-after-10B'],
  });
  const started = await storage.call('/upload/b/pillbox/o?uploadType=resumable&name=x', {
    method: 'POST',
    headers,
  });
  const session = (started.headers.get('location') ?? '').replace(storage.origin, '');
  const answer = await storage.call(session, { method: 'PUT', headers, body: 'data' });
  await expect(answer.text()).rejects.toThrow();
  expect(await isCompleted()).toBe(true);
  expect(await storage.text('x')).toBe('data');
});

test('a stall holds the bytes back for its time, of answers and of uploads', async () => {
  const storage = await startStorage();
  await storage.put('x', Buffer.alloc(3000, 'x'));
  const { headers, isCompleted } = await announce(storage, {
    'storage.objects.get': ['stall-for-1s-after-1K'],
    'storage.objects.insert': ['stall-for-1s-after-1K'],
  });
  const timed = async (work: () => Promise<unknown>) => {
    const startMs = performance.now();
    await work();
    return performance.now() - startMs;
  };
  const get = async () => {
    const response = await storage.call('/b/pillbox/o/x?alt=media', { headers });
    expect(await response.text()).toBe('x'.repeat(3000));
  };
  const put = async () => {
    const init = { method: 'POST', headers, body: 'y'.repeat(3000) };
    await storage.call('/upload/b/pillbox/o?uploadType=media&name=y', init);
    expect(await storage.text('y')).toBe('y'.repeat(3000));
  };
  expect(await timed(get)).toBeGreaterThan(900);
  expect(await timed(put)).toBeGreaterThan(900);
  expect(await isCompleted()).toBe(true);
  expect(await timed(get)).toBeLessThan(900);
});

test.each<[string, string]>([
  ['no JSON', '{'],
  ['no instructions', '{}'],
  ['an unknown method', '{"instructions":{"storage.objects.eat":["return-503"]}}'],
  ['an unknown instruction', '{"instructions":{"storage.objects.get":["explode"]}}'],
  ['a status that is no error', '{"instructions":{"storage.objects.get":["return-200"]}}'],
  ['another transport', '{"instructions":{"storage.objects.get":["return-503"]},"transport":"GRPC"}'],
])('an announcement with %s is refused', async (_what, body) => {
  const { call } = await startStorage();
  expect((await call('/retry_test', { method: 'POST', body })).status).toBe(400);
});

test('a client that goes away in a stall leaves nothing behind', async () => {
  const storage = await startStorage();
  const { id } = await announce(storage, { 'storage.objects.insert': ['stall-for-1s-after-1K'] });
  const socket = connect(Number(new URL(storage.origin).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `POST /upload/b/pillbox/o?uploadType=media&name=x HTTP/1.1\r\nHost: 127.0.0.1\r\nx-retry-test-id: ${id}\r\nContent-Length: 9000\r\n\r\n`,
  );
  socket.write('x'.repeat(3000));
  await expect.poll(storage.blobs).toHaveLength(1);
  socket.destroy();
  await expect.poll(storage.blobs, { timeout: 5_000 }).toEqual([]);
  expect((await storage.call('/b/pillbox/o/x')).status).toBe(404);
});
