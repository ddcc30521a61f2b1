/** What an uploader says of an object comes back with its bytes, or is refused: nothing is kept that cannot be sent. */

import { get } from 'node:http';
import { expect, test } from 'vitest';
import { fromHeaderValue } from './header-text.ts';
import { type StorageUnderTest, startStorage } from './storage-under-test.ts';

const UPLOAD = '/upload/storage/v1/b/pillbox/o';
const NAME = 'attachment; filename="日本 – Ü.txt"';

function multipart(described: object, mediaType = 'text/plain'): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'multipart/related; boundary=b0' },
    body: `--b0\r\n\r\n${JSON.stringify(described)}\r\n--b0\r\nContent-Type: ${mediaType}\r\n\r\ndata\r\n--b0--`,
  };
}

/** The headers of a download as they are on the wire, read as UTF-8; fetch would refuse some of them. */
function downloadHeaders({ origin }: StorageUnderTest, name: string) {
  return new Promise<Record<string, string>>((resolve, reject) => {
    get(`${origin}/b/pillbox/o/${name}?alt=media`, (response) => {
      response.resume();
      const entries = Object.entries(response.headers).map(([key, value]) => [key, String(value)] as const);
      resolve({
        status: String(response.statusCode),
        ...Object.fromEntries(entries.map(([key, value]) => [key, fromHeaderValue(value)])),
      });
    }).on('error', reject);
  });
}

test('text beyond Latin-1 is kept as it is, and sent as UTF-8', async () => {
  const storage = await startStorage();
  const described = {
    name: 'x',
    contentDisposition: NAME,
    contentType: 'text/x; title=é',
    cacheControl: '€',
  };
  const made = await storage.call(`${UPLOAD}?uploadType=multipart`, multipart(described));
  expect(made.status).toBe(200);
  expect(await made.json()).toMatchObject(described);
  expect(await downloadHeaders(storage, 'x')).toMatchObject({
    status: '200',
    'content-disposition': NAME,
    'content-type': 'text/x; title=é',
    'cache-control': '€',
  });
});

test('so is a content type that came in a header', async () => {
  const storage = await startStorage();
  const type = 'text/x; title=日本';
  await storage.call(`${UPLOAD}?uploadType=multipart&name=part`, multipart({}, type));
  await storage.call(`${UPLOAD}?uploadType=media&name=whole`, {
    method: 'POST',
    headers: { 'content-type': Buffer.from(type).toString('latin1') },
    body: 'data',
  });
  const session = await storage.call(`${UPLOAD}?uploadType=resumable&name=session`, {
    method: 'POST',
    headers: { 'x-upload-content-type': Buffer.from(type).toString('latin1') },
  });
  await storage.call(new URL(session.headers.get('location') ?? '').href.replace(storage.origin, ''), {
    method: 'PUT',
    body: 'data',
  });
  for (const name of ['part', 'whole', 'session']) {
    expect(await (await storage.call(`/b/pillbox/o/${name}`)).json()).toMatchObject({ contentType: type });
    expect(await downloadHeaders(storage, name)).toMatchObject({ status: '200', 'content-type': type });
  }
});

test.each(['contentType', 'contentEncoding', 'contentDisposition', 'contentLanguage', 'cacheControl'])(
  'a line break in %s is refused by every way in',
  async (field) => {
    const { call, put, blobs } = await startStorage();
    const described = { name: 'x', [field]: 'a\r\nx-injected: b' };
    const json = { method: 'POST', body: JSON.stringify(described) };
    await put('source', 'data');
    const answers = [
      await call(`${UPLOAD}?uploadType=multipart`, multipart(described)),
      await call(`${UPLOAD}?uploadType=resumable`, json),
      await call('/b/pillbox/o/x/compose', {
        method: 'POST',
        body: JSON.stringify({ sourceObjects: [{ name: 'source' }], destination: described }),
      }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(400);
      expect((await answer.json()).error.message).toBe(`${field}: has control characters`);
    }
    expect(await blobs()).toHaveLength(1);
  },
);

test('a control character in the header of the media part is refused, and nothing stays', async () => {
  const { call, blobs } = await startStorage();
  const answer = await call(`${UPLOAD}?uploadType=multipart&name=x`, multipart({}, 'text/\u0001'));
  expect(answer.status).toBe(400);
  expect(await blobs()).toEqual([]);
});
