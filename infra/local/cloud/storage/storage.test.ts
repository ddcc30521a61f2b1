/** The JSON API as clients see it: metadata, preconditions, downloads, lists, compose, and what is left on disk. */

import { expect, test } from 'vitest';
import { openState } from '../state.ts';
import { startStorage } from './storage-under-test.ts';

test('an object is shown, sent and deleted under each base path', async () => {
  const { call, put, text, events } = await startStorage();
  const made = await (await put('a/b c', 'content')).json();
  expect(made).toMatchObject({
    kind: 'storage#object',
    name: 'a/b c',
    bucket: 'pillbox',
    size: '7',
    metageneration: '1',
    md5Hash: 'mgNkuembtIDdJeHwKEyFVQ==',
    crc32c: expect.stringMatching(/^.{6}==$/),
    generation: expect.stringMatching(/^\d{16}$/),
  });
  expect(events).toEqual([
    {
      type: 'google.cloud.storage.object.v1.finalized',
      bucket: 'pillbox',
      generation: made.generation,
      object: made,
    },
  ]);
  for (const base of ['/b', '/storage/v1/b']) {
    expect(await (await call(`${base}/pillbox/o/a%2Fb%20c`)).json()).toEqual(made);
  }
  const download = await call('/download/storage/v1/b/pillbox/o/a%2Fb%20c');
  expect(Object.fromEntries(download.headers)).toMatchObject({
    'content-length': '7',
    'x-goog-generation': made.generation,
    'x-goog-hash': `crc32c=${made.crc32c},md5=${made.md5Hash}`,
    'x-goog-stored-content-encoding': 'identity',
    etag: made.etag,
  });
  expect(await download.text()).toBe('content');
  expect(await text('a/b c')).toBe('content');
  expect((await call('/b/pillbox/o/a%2Fb%20c', { method: 'DELETE' })).status).toBe(204);
  const gone = await call('/b/pillbox/o/a%2Fb%20c');
  expect(gone.status).toBe(404);
  expect(await gone.json()).toEqual({
    error: {
      code: 404,
      message: 'No such object: pillbox/a/b c',
      errors: [{ domain: 'global', reason: 'notFound', message: 'No such object: pillbox/a/b c' }],
    },
  });
});

test('a range is answered 206, and one behind the end 416', async () => {
  const { call, put } = await startStorage();
  await put('x', '0123456789');
  const range = (value: string) => call('/b/pillbox/o/x?alt=media', { headers: { range: value } });
  const part = await range('bytes=2-4');
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
    206,
    'bytes 2-4/10',
    '234',
  ]);
  expect(await (await range('bytes=-3')).text()).toBe('789');
  const behind = await range('bytes=10-');
  expect([behind.status, behind.headers.get('content-range')]).toEqual([416, 'bytes */10']);
});

test('the four preconditions on reads, writes and deletes', async () => {
  const { call, put } = await startStorage();
  const { generation } = await (await put('x', 'one')).json();
  const get = async (query: string) => (await call(`/b/pillbox/o/x?${query}`)).status;
  expect(await get(`ifGenerationMatch=${generation}&ifMetagenerationMatch=1`)).toBe(200);
  expect(await get('ifGenerationMatch=5')).toBe(412);
  expect(await get('ifMetagenerationMatch=2')).toBe(412);
  expect(await get(`ifGenerationNotMatch=${generation}`)).toBe(304);
  expect(await get('ifMetagenerationNotMatch=1&alt=media')).toBe(304);
  expect(await get('ifGenerationMatch=abc')).toBe(400);
  expect(await get('generation=5')).toBe(404);

  const write = async (query: string) => (await put('x', 'two', `&${query}`)).status;
  expect(await write('ifGenerationMatch=0')).toBe(412);
  expect(await write(`ifGenerationNotMatch=${generation}`)).toBe(412);
  expect(await write('ifMetagenerationMatch=2')).toBe(412);
  expect(await write('ifGenerationNotMatch=0')).toBe(200);

  const erase = async (query: string) => (await call(`/b/pillbox/o/x?${query}`, { method: 'DELETE' })).status;
  expect(await erase(`ifGenerationMatch=${generation}`)).toBe(412);
  expect(await erase(`generation=${generation}`)).toBe(404);
  expect(await erase('ifMetagenerationMatch=1')).toBe(204);
});

test('lists fold folders and go page by page over items and folders alike', async () => {
  const { call, put } = await startStorage();
  for (const name of ['a', 'b/1', 'b/2', 'b/c/3', 'c', 'd/4', 'd/', 'e']) await put(name, '');
  const pages = async (query: string) => {
    const entries: string[][] = [];
    let token = '';
    do {
      const page = await (await call(`/b/pillbox/o?${query}${token}`)).json();
      const items = (page.items ?? []).map((item: { name: string }) => item.name);
      entries.push([...items, ...(page.prefixes ?? [])]);
      token = page.nextPageToken === undefined ? '' : `&pageToken=${page.nextPageToken}`;
    } while (token !== '');
    return entries;
  };
  expect(await pages('delimiter=/')).toEqual([['a', 'c', 'e', 'b/', 'd/']]);
  expect(await pages('delimiter=/&maxResults=2')).toEqual([['a', 'b/'], ['c', 'd/'], ['e']]);
  expect(await pages('delimiter=/&prefix=b/')).toEqual([['b/1', 'b/2', 'b/c/']]);
  expect(await pages('prefix=b/&maxResults=1')).toEqual([['b/1'], ['b/2'], ['b/c/3']]);
  expect(await pages('startOffset=b/2&endOffset=d/')).toEqual([['b/2', 'b/c/3', 'c']]);
  expect(await pages('prefix=none')).toEqual([[]]);
  expect((await call('/b/pillbox/o?maxResults=0')).status).toBe(400);
  expect((await call('/b/none/o')).status).toBe(404);
});

test('a composed object shares the bytes of its sources, and the last one to go takes them along', async () => {
  const { call, put, text, blobs } = await startStorage();
  await put('a', 'aa');
  await put('b', 'bb');
  const compose = (target: string, sourceObjects: object[], query = '') =>
    call(`/b/pillbox/o/${target}/compose?${query}`, {
      method: 'POST',
      body: JSON.stringify({ sourceObjects, destination: { contentType: 'text/x', metadata: { k: 'v' } } }),
    });
  const made = await (await compose('ab', [{ name: 'a' }, { name: 'b' }, { name: 'a' }])).json();
  expect(made).toMatchObject({ componentCount: 3, size: '6', contentType: 'text/x', metadata: { k: 'v' } });
  expect(made.md5Hash).toBeUndefined();
  expect(await blobs()).toHaveLength(2);
  for (const name of ['a', 'b']) await call(`/b/pillbox/o/${name}`, { method: 'DELETE' });
  expect(await text('ab')).toBe('aabbaa');
  const twice = await (await compose('twice', [{ name: 'ab' }, { name: 'ab' }])).json();
  expect(twice.componentCount).toBe(6);
  expect((await compose('x', [{ name: 'ab', generation: '5' }])).status).toBe(404);
  const condition = { ifGenerationMatch: 5 };
  expect((await compose('x', [{ name: 'ab', objectPreconditions: condition }])).status).toBe(412);
  expect((await compose('ab', [{ name: 'ab' }], 'ifGenerationMatch=0')).status).toBe(412);
  expect((await compose('x', Array(33).fill({ name: 'ab' }))).status).toBe(400);
  expect((await compose('x', [])).status).toBe(400);
  for (const name of ['ab', 'twice']) await call(`/b/pillbox/o/${name}`, { method: 'DELETE' });
  expect(await blobs()).toEqual([]);
});

test('an object that is replaced or deleted is still read to its end', async () => {
  const { call, put, blobs } = await startStorage();
  const megabytes = Buffer.alloc(24 * 1024 * 1024, 'abc');
  await put('x', megabytes);
  const download = await call('/b/pillbox/o/x?alt=media');
  await put('x', 'small');
  await call('/b/pillbox/o/x', { method: 'DELETE' });
  expect(Buffer.from(await download.arrayBuffer()).equals(megabytes)).toBe(true);
  await expect.poll(blobs).toEqual([]);
});

test('buckets are made, shown and listed', async () => {
  const { call } = await startStorage();
  const create = (name: unknown) => call('/b?project=p', { method: 'POST', body: JSON.stringify({ name }) });
  expect((await create('second')).status).toBe(200);
  expect((await create('second')).status).toBe(409);
  expect((await create('No')).status).toBe(400);
  expect((await create(7)).status).toBe(400);
  expect(await (await call('/storage/v1/b/second')).json()).toMatchObject({ kind: 'storage#bucket' });
  expect((await call('/b/third')).status).toBe(404);
  const { items } = await (await call('/b?project=p')).json();
  expect(items.map((bucket: { name: string }) => bucket.name)).toEqual(['pillbox', 'second']);
});

test('all is there after a restart, generations go on, and what nothing refers to is swept', async () => {
  const first = await startStorage();
  const { generation } = await (await first.put('x', 'kept')).json();
  await first.put('orphan', 'lost');
  await first.stop();
  const state = openState(first.dir);
  state.exec("DELETE FROM objects WHERE name = CAST('orphan' AS BLOB)");
  state.close();

  const second = await startStorage(first.dir);
  expect(await second.text('x')).toBe('kept');
  expect(await second.blobs()).toHaveLength(1);
  const next = await (await second.put('y', 'new')).json();
  expect(Number(next.generation)).toBeGreaterThan(Number(generation));
});

test('objects of a folder of the first version are taken over', async () => {
  const first = await startStorage();
  const made = await (await first.put('x', 'kept')).json();
  await first.stop();
  const state = openState(first.dir);
  state.exec(
    'ALTER TABLE objects DROP COLUMN updated_ms; ALTER TABLE objects DROP COLUMN customer_key_sha256',
  );
  state.close();
  const second = await startStorage(first.dir);
  const kept = await (await second.call('/b/pillbox/o/x')).json();
  expect(kept).toMatchObject({ generation: made.generation, updated: made.timeCreated });
  expect(await second.text('x')).toBe('kept');
  expect((await second.put('y', 'new')).status).toBe(200);
});
