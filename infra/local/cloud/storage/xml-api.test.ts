/** The XML API's paths: objects at /bucket/object. */

import { request as httpRequest } from 'node:http';
import { expect, test } from 'vitest';
import { type StorageUnderTest, startStorage } from './storage-under-test.ts';

async function errorCode(response: Response) {
  const text = await response.text();
  return [response.status, /<Code>(\w+)<\/Code>/.exec(text)?.[1]];
}

test('an object is written with its metadata in headers, read whole and in part, and deleted', async () => {
  const { call, events } = await startStorage();
  const put = await call('/pillbox/a/b%20c', {
    method: 'PUT',
    headers: {
      'content-type': 'text/x',
      'cache-control': 'no-store',
      'x-goog-meta-k': 'v',
      'content-md5': 'jXd/OF09/siBXSD3SWAm3A==',
    },
    body: 'data',
  });
  expect(put.status).toBe(200);
  expect(put.headers.get('etag')).toBe('"8d777f385d3dfec8815d20f7496026dc"');
  expect(put.headers.get('x-goog-hash')).toBe('crc32c=rth90Q==,md5=jXd/OF09/siBXSD3SWAm3A==');
  expect(await (await call('/b/pillbox/o/a%2Fb%20c')).json()).toMatchObject({
    contentType: 'text/x',
    cacheControl: 'no-store',
    metadata: { k: 'v' },
    generation: put.headers.get('x-goog-generation'),
  });
  const got = await call('/pillbox/a/b%20c');
  expect([got.status, got.headers.get('content-type'), await got.text()]).toEqual([200, 'text/x', 'data']);
  const part = await call('/pillbox/a/b%20c', { headers: { range: 'bytes=1-2' } });
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
    206,
    'bytes 1-2/4',
    'at',
  ]);
  const head = await call('/pillbox/a/b%20c', { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '4', '']);
  expect((await call('/pillbox/a/b%20c', { method: 'DELETE' })).status).toBe(204);
  expect(events.map(({ type }) => type.split('.').at(-1))).toEqual(['finalized', 'deleted']);
});

test('preconditions stand in headers', async () => {
  const { call } = await startStorage();
  const put = (conditions: Record<string, string>) =>
    call('/pillbox/x', { method: 'PUT', headers: conditions, body: 'data' });
  const first = await put({ 'x-goog-if-generation-match': '0' });
  expect(first.status).toBe(200);
  expect(await errorCode(await put({ 'x-goog-if-generation-match': '0' }))).toEqual([
    412,
    'PreconditionFailed',
  ]);
  expect(await errorCode(await put({ 'x-goog-if-metageneration-match': '2' }))).toEqual([
    412,
    'PreconditionFailed',
  ]);
  expect((await put({ 'x-goog-if-generation-match': 'x' })).status).toBe(400);
  const generation = first.headers.get('x-goog-generation') ?? '';
  const gone = await call('/pillbox/x', { method: 'DELETE', headers: { 'x-goog-if-generation-match': '5' } });
  expect(gone.status).toBe(412);
  expect((await put({ 'x-goog-if-generation-match': generation })).status).toBe(200);
});

test('errors are XML, and what is not served says so', async () => {
  const { call, put, blobs } = await startStorage();
  await put('x', 'data');
  expect(await errorCode(await call('/pillbox/none<&>'))).toEqual([404, 'NoSuchKey']);
  expect(await errorCode(await call('/pillbox/x', { headers: { range: 'bytes=9-' } }))).toEqual([
    416,
    'InvalidRange',
  ]);
  expect(await errorCode(await call('/pillbox/x?acl'))).toEqual([501, 'NotImplemented']);
  expect(await errorCode(await call('/pillbox/x?uploads', { method: 'POST' }))).toEqual([
    501,
    'NotImplemented',
  ]);
  expect(await errorCode(await call('/pillbox'))).toEqual([501, 'NotImplemented']);
  expect(await errorCode(await call('/pillbox/x', { method: 'PATCH' }))).toEqual([405, 'MethodNotAllowed']);
  const wrong = { method: 'PUT', headers: { 'content-md5': 'AAAA' }, body: 'data' };
  expect(await errorCode(await call('/pillbox/y', wrong))).toEqual([400, 'BadDigest']);
  const copy = { method: 'PUT', headers: { 'x-goog-copy-source': '/pillbox/x' } };
  expect(await errorCode(await call('/pillbox/y', copy))).toEqual([501, 'NotImplemented']);
  expect(await errorCode(await call(`/pillbox/${'y'.repeat(1025)}`, { method: 'PUT', body: 'd' }))).toEqual([
    400,
    'InvalidArgument',
  ]);
  expect((await call('/pillbox/%ff')).status).toBe(400);
  expect(await errorCode(await call('/none/x'))).toEqual([404, 'NoSuchBucket']);
  // No path of a bucket: it may be of another API.
  for (const path of ['/none', '/_none/x', '/v2beta3/projects/p'])
    expect(await (await call(path)).json()).toMatchObject({ error: { status: 'NOT_FOUND' } });
  expect(await blobs()).toHaveLength(1);
});

test('dots in a name are a name', async () => {
  const storage = await startStorage();
  await raw(storage, 'PUT', '/pillbox/a/../../b/./c', 'dots');
  expect(await storage.text('a/../../b/./c')).toBe('dots');
  expect(await raw(storage, 'GET', '/pillbox/a/../../b/./c')).toBe('dots');
});

test('a resumable upload that begins here goes on in the JSON API', async () => {
  const storage = await startStorage();
  const headers = { 'x-goog-resumable': 'start', 'content-type': 'text/x' };
  const started = await storage.call('/pillbox/a/b', { method: 'POST', headers });
  expect(started.status).toBe(201);
  const location = started.headers.get('location') ?? '';
  expect((await fetch(location, { method: 'PUT', body: 'data' })).status).toBe(200);
  expect(await (await storage.call('/b/pillbox/o/a%2Fb')).json()).toMatchObject({
    size: '4',
    contentType: 'text/x',
  });
  expect((await storage.call('/pillbox/a/b', { method: 'POST', body: 'form' })).status).toBe(501);
});

test('an unsigned URL does not say what the bytes are, and no browser is to guess', async () => {
  const { call, put } = await startStorage();
  await put('x', '<script>');
  const got = await call('/pillbox/x?response-content-type=text/html&response-content-disposition=inline');
  expect([got.status, got.headers.get('content-disposition')]).toEqual([200, null]);
  expect(got.headers.get('content-type')).not.toContain('html');
  expect(got.headers.get('x-content-type-options')).toBe('nosniff');
});

/** fetch would resolve the dots before it sends. */
function raw({ origin }: StorageUnderTest, method: string, path: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(origin, { method, path }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve(Buffer.concat(chunks).toString());
    });
    sent.on('error', reject).end(body);
  });
}
