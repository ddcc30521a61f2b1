/** Resumable uploads: chunks, questions, breaks, restarts, ends. */

import { connect } from 'node:net';
import { Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import { expect, test } from 'vitest';
import { createTestClock } from '../clock.ts';
import { type StorageUnderTest, startStorage } from './storage-under-test.ts';

const UNIT = 256 * 1024;
const BYTES = Buffer.from(Array.from({ length: 2 * UNIT + 1000 }, (_, i) => i % 251));

async function begin({ call }: StorageUnderTest, metadata: object = {}, query = ''): Promise<string> {
  const response = await call(`/upload/storage/v1/b/pillbox/o?uploadType=resumable&name=x${query}`, {
    method: 'POST',
    headers: { 'x-upload-content-type': 'text/x' },
    body: JSON.stringify(metadata),
  });
  const url = new URL(response.headers.get('location') ?? '');
  return url.pathname + url.search;
}

function send(
  { call }: StorageUnderTest,
  session: string,
  range: string,
  body?: Buffer<ArrayBuffer>,
): Promise<Response> {
  return call(session, { method: 'PUT', headers: { 'content-range': range }, ...(body && { body }) });
}

const answer = (response: Response) => [response.status, response.headers.get('range')];

test('chunks, with questions between, make the object', async () => {
  const storage = await startStorage();
  const session = await begin(storage, { cacheControl: 'no-store' });
  expect(answer(await send(storage, session, 'bytes */*'))).toEqual([308, null]);
  const first = await send(storage, session, `bytes 0-${UNIT - 1}/*`, BYTES.subarray(0, UNIT));
  expect(answer(first)).toEqual([308, `bytes=0-${UNIT - 1}`]);
  // Some of these bytes have arrived before.
  const second = await send(
    storage,
    session,
    `bytes 1000-${2 * UNIT + 999}/*`,
    BYTES.subarray(1000, 2 * UNIT + 1000),
  );
  expect(answer(second)).toEqual([308, `bytes=0-${2 * UNIT + 999}`]);
  expect(storage.events).toEqual([]);
  const last = await send(storage, session, `bytes */${BYTES.length}`);
  expect(last.status).toBe(200);
  const made = await last.json();
  expect(made).toMatchObject({ size: String(BYTES.length), contentType: 'text/x', cacheControl: 'no-store' });
  expect(await storage.text('x')).toBe(BYTES.toString());
  // An answer that got lost is asked for again.
  expect(await (await send(storage, session, `bytes */${BYTES.length}`)).json()).toEqual(made);
  expect(storage.events).toHaveLength(1);
});

test.each([
  ['in one request without a range', undefined, BYTES],
  ['in one chunk', `bytes 0-${BYTES.length - 1}/${BYTES.length}`, BYTES],
  ['of nothing', 'bytes */0', Buffer.alloc(0)],
])('an upload %s', async (_how, range, body) => {
  const storage = await startStorage();
  const session = await begin(storage);
  const init = { method: 'PUT', ...(range && { headers: { 'content-range': range } }) };
  const response = await storage.call(session, { ...init, ...(body.length > 0 && { body }) });
  expect(response.status).toBe(200);
  expect(await storage.text('x')).toBe(body.toString());
});

test('a chunk that breaks off keeps what arrived, and goes on after a restart', async () => {
  const first = await startStorage();
  const session = await begin(first);
  const socket = connect(Number(new URL(first.origin).port), '127.0.0.1');
  socket.write(
    `PUT ${session} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${BYTES.length}\r\n` +
      `Content-Range: bytes 0-${BYTES.length - 1}/${BYTES.length}\r\n\r\n`,
  );
  socket.write(BYTES.subarray(0, UNIT));
  await expect.poll(first.blobs).toHaveLength(1);
  socket.destroy();
  await expect
    .poll(async () => answer(await send(first, session, `bytes */${BYTES.length}`)))
    .toEqual([308, `bytes=0-${UNIT - 1}`]);
  await first.stop();

  const second = await startStorage(first.dir);
  expect(answer(await send(second, session, 'bytes */*'))).toEqual([308, `bytes=0-${UNIT - 1}`]);
  const rest = `bytes ${UNIT}-${BYTES.length - 1}/${BYTES.length}`;
  const last = await send(second, session, rest, BYTES.subarray(UNIT));
  expect(last.status).toBe(200);
  expect(await second.text('x')).toBe(BYTES.toString());
  await second.stop();
});

test('chunks may come by POST, and 308 as a header for those who ask', async () => {
  const storage = await startStorage();
  const session = await begin(storage);
  const headers = { 'x-guploader-no-308': 'yes', 'content-range': `bytes 0-${UNIT - 1}/*` };
  const first = await storage.call(session, { method: 'POST', headers, body: BYTES.subarray(0, UNIT) });
  expect([
    first.status,
    first.headers.get('x-http-status-code-override'),
    first.headers.get('range'),
  ]).toEqual([200, '308', `bytes=0-${UNIT - 1}`]);
  const rest = { 'x-guploader-no-308': 'yes', 'content-range': `bytes ${UNIT}-*/*` };
  const last = await storage.call(session, { method: 'POST', headers: rest, body: BYTES.subarray(UNIT) });
  expect([last.status, last.headers.get('x-http-status-code-override')]).toEqual([200, null]);
  expect(await storage.text('x')).toBe(BYTES.toString());
});

test('chunks that cannot be right are refused, and the upload goes on', async () => {
  const storage = await startStorage();
  const session = await begin(storage);
  const status = async (range: string, body?: Buffer<ArrayBuffer>) =>
    (await send(storage, session, range, body)).status;
  expect(await status('bytes 0-999/*', BYTES.subarray(0, 1000))).toBe(400);
  expect(await status(`bytes 5-${UNIT + 4}/*`, BYTES.subarray(5, UNIT + 5))).toBe(503);
  expect(await status('bytes 0-0/5', BYTES)).toBe(400);
  expect(await status('nonsense', BYTES)).toBe(400);
  expect(await status(`bytes 0-${BYTES.length - 1}/${BYTES.length}`, BYTES)).toBe(200);
});

test('preconditions hold at the end, and so do checksums', async () => {
  const storage = await startStorage();
  const session = await begin(storage, {}, '&ifGenerationMatch=0');
  await storage.put('x', 'meanwhile');
  expect((await storage.call(session, { method: 'PUT', body: BYTES })).status).toBe(412);
  const late = await storage.call('/upload/b/pillbox/o?uploadType=resumable&name=x&ifGenerationMatch=0', {
    method: 'POST',
  });
  // As at Google: a session begins whatever the preconditions, and ends by them.
  expect(late.status).toBe(200);
  const session412 = new URL(late.headers.get('location') ?? '');
  expect(
    (await storage.call(session412.pathname + session412.search, { method: 'PUT', body: BYTES })).status,
  ).toBe(412);
  const wrong = await begin(storage, { crc32c: 'AAAAAA==' });
  expect((await storage.call(wrong, { method: 'PUT', body: BYTES })).status).toBe(400);
  expect(await storage.text('x')).toBe('meanwhile');
  expect(await storage.blobs()).toHaveLength(1);
});

test('a cancelled upload is forgotten', async () => {
  const storage = await startStorage();
  const session = await begin(storage);
  await send(storage, session, `bytes 0-${UNIT - 1}/*`, BYTES.subarray(0, UNIT));
  // Node's fetch takes 499 as any other status.
  expect((await storage.call(session, { method: 'DELETE' })).status).toBe(499);
  expect((await send(storage, session, 'bytes */*')).status).toBe(404);
  expect(await storage.blobs()).toEqual([]);
});

test('the official client uploads in chunks', async () => {
  const { origin, text } = await startStorage();
  const client = new Storage({ apiEndpoint: origin, authClient: new PassThroughClient() });
  await client.bucket('pillbox').file('x').save(BYTES, { resumable: true, chunkSize: UNIT });
  expect(await text('x')).toBe(BYTES.toString());
});

test('a failure of the server at the end keeps the bytes: the upload is finished by asking again', async () => {
  let failures = 1;
  const log: string[] = [];
  const storage = await startStorage(undefined, {
    beforeEvent() {
      if (failures-- > 0) throw new Error('disk full');
    },
    log: (line) => log.push(line),
  });
  const session = await begin(storage);
  const all = `bytes 0-${BYTES.length - 1}/${BYTES.length}`;
  expect((await send(storage, session, all, BYTES)).status).toBe(500);
  expect(log).toEqual([expect.stringContaining('disk full')]);
  expect((await send(storage, session, `bytes */${BYTES.length}`)).status).toBe(200);
  expect(await storage.text('x')).toBe(BYTES.toString());
});

test('a session ends after a week while the server runs, and its bytes go with the next one', async () => {
  const clock = createTestClock();
  const storage = await startStorage(undefined, { clock });
  const session = await begin(storage);
  await send(storage, session, `bytes 0-${UNIT - 1}/*`, BYTES.subarray(0, UNIT));
  clock.advance(7 * 24 * 3_600_000);
  expect((await send(storage, session, 'bytes */*')).status).toBe(308);
  clock.advance(1);
  expect((await send(storage, session, 'bytes */*')).status).toBe(404);
  expect(await storage.blobs()).toHaveLength(1);
  await begin(storage);
  expect(await storage.blobs()).toEqual([]);
});
