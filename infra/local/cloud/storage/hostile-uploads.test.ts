/** Uploads that are malformed, dishonest or cut off: refused in words, and no byte of them stays. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startStorage } from './storage-under-test.ts';

const UPLOAD = '/upload/storage/v1/b/pillbox/o';

function multipart(metadata: string, media: string, end = '\r\n--b0--'): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'multipart/related; boundary=b0' },
    body: `--b0\r\nContent-Type: application/json\r\n\r\n${metadata}\r\n--b0\r\nContent-Type: text/x\r\n\r\n${media}${end}`,
  };
}

test('a multipart upload is held to the checksums it announces', async () => {
  const { call, text, blobs } = await startStorage();
  const upload = (metadata: object) =>
    call(`${UPLOAD}?uploadType=multipart`, multipart(JSON.stringify(metadata), 'data'));
  const right = await upload({ name: 'x', crc32c: 'rth90Q==', md5Hash: 'jXd/OF09/siBXSD3SWAm3A==' });
  expect(await right.json()).toMatchObject({ name: 'x', contentType: 'text/x', crc32c: 'rth90Q==' });
  expect(await text('x')).toBe('data');
  expect((await upload({ name: 'y', crc32c: 'AAAAAA==' })).status).toBe(400);
  expect((await upload({ name: 'y', md5Hash: 'AAAA' })).status).toBe(400);
  const header = { 'x-goog-hash': 'crc32c=AAAAAA==' };
  const media = { method: 'POST', headers: header, body: 'data' };
  expect((await call(`${UPLOAD}?uploadType=media&name=y`, media)).status).toBe(400);
  expect((await call('/b/pillbox/o/y')).status).toBe(404);
  expect(await blobs()).toHaveLength(1);
});

const LARGE = 'x'.repeat(3 * 1024 * 1024);

test.each<[string, string, RequestInit, number]>([
  ['metadata that is no JSON', 'uploadType=multipart', multipart('{', LARGE), 400],
  ['metadata that is no object', 'uploadType=multipart', multipart('[]', LARGE), 400],
  ['a field of the wrong type', 'uploadType=multipart', multipart('{"name":7}', LARGE), 400],
  ['no name', 'uploadType=multipart', multipart('{}', LARGE), 400],
  ['a body without its end', 'uploadType=multipart&name=x', multipart('{}', LARGE, ''), 400],
  [
    'a third part',
    'uploadType=multipart&name=x',
    multipart('{}', LARGE, '\r\n--b0\r\n\r\nmore\r\n--b0--'),
    400,
  ],
  ['another content type', 'uploadType=multipart&name=x', { method: 'POST', body: LARGE }, 400],
  ['a name of two lines', 'uploadType=media&name=a%0Ab', { method: 'POST', body: LARGE }, 400],
  ['a name too long', `uploadType=media&name=${'a'.repeat(1025)}`, { method: 'POST', body: LARGE }, 400],
  ['the name of a folder', 'uploadType=media&name=..', { method: 'POST', body: LARGE }, 400],
  ['an unknown kind of upload', 'uploadType=magic&name=x', { method: 'POST', body: LARGE }, 400],
  [
    'a precondition that fails',
    'uploadType=media&name=x&ifGenerationMatch=5',
    { method: 'POST', body: LARGE },
    412,
  ],
  ['a session that starts with no JSON', 'uploadType=resumable&name=x', { method: 'POST', body: '{' }, 400],
  ['a session that is unknown', 'uploadType=resumable&upload_id=x', { method: 'PUT', body: LARGE }, 404],
])('%s is refused', async (_what, query, init, status) => {
  const { call, events, blobs } = await startStorage();
  const response = await call(`${UPLOAD}?${query}`, init);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { code: status, message: expect.any(String) } });
  expect(events).toEqual([]);
  expect(await blobs()).toEqual([]);
});

test('a bucket that does not exist, a path that is not UTF-8, a method that is not served', async () => {
  const { call } = await startStorage();
  const body = { method: 'POST', body: LARGE };
  expect((await call('/upload/b/none/o?uploadType=media&name=x', body)).status).toBe(404);
  expect((await call('/b/pillbox/o/%ff')).status).toBe(400);
  expect((await call('/b/pillbox/o/x', { method: 'POST' })).status).toBe(405);
  expect((await call('/nothing')).status).toBe(404);
});

test.each([
  ['media', 'POST /upload/b/pillbox/o?uploadType=media&name=x HTTP/1.1', ''],
  [
    'multipart',
    'POST /upload/b/pillbox/o?uploadType=multipart&name=x HTTP/1.1',
    '--b0\r\n\r\n{}\r\n--b0\r\n\r\n',
  ],
])('a %s upload whose sender goes away leaves nothing', async (_kind, line, start) => {
  const { origin, call, events, blobs } = await startStorage();
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.write(
    `${line}\r\nHost: 127.0.0.1\r\nContent-Type: multipart/related; boundary=b0\r\nContent-Length: 900000\r\n\r\n`,
  );
  socket.write(start + 'x'.repeat(400_000));
  await expect.poll(blobs).toHaveLength(1);
  socket.destroy();
  await expect.poll(blobs).toEqual([]);
  expect(events).toEqual([]);
  expect((await call('/b/pillbox/o/x')).status).toBe(404);
});

test('headers beyond all measure are refused', async () => {
  const { origin } = await startStorage();
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET /b HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: ${'x'.repeat(100_000)}\r\n\r\n`);
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 431 /);
});
