/** Copy, rewrite and move. */

import { expect, test } from 'vitest';
import { startStorage } from './storage-under-test.ts';

const MIB = 1024 * 1024;

async function prepare() {
  const storage = await startStorage();
  const { call, put } = storage;
  await call('/b', { method: 'POST', body: '{"name":"other"}' });
  const source = await (await put('a/b', 'content')).json();
  const patch = { method: 'PATCH', body: '{"contentType":"text/x","metadata":{"k":"v"}}' };
  await call('/b/pillbox/o/a%2Fb', patch);
  const post = async (path: string, body: unknown = undefined, headers: Record<string, string> = {}) => {
    const init = { method: 'POST', headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await call(`/storage/v1/b/pillbox/o/${path}`, init);
    return { status: response.status, body: await response.json() };
  };
  return { ...storage, source, post };
}

test('a copy has the metadata of its source, or that of the body, and shares its blob', async () => {
  const { call, post, source, blobs } = await prepare();
  const copied = await post('a%2Fb/copyTo/b/other/o/c%2Fd');
  expect(copied).toMatchObject({
    status: 200,
    body: {
      kind: 'storage#object',
      bucket: 'other',
      name: 'c/d',
      size: '7',
      md5Hash: source.md5Hash,
      crc32c: source.crc32c,
      contentType: 'text/x',
      metadata: { k: 'v' },
      metageneration: '1',
    },
  });
  const described = await post('a%2Fb/copyTo/b/other/o/e', { contentType: 'text/y' });
  expect(described.body.contentType).toBe('text/y');
  expect(described.body.metadata).toBeUndefined();
  expect(await blobs()).toHaveLength(1);
  await call('/b/pillbox/o/a%2Fb', { method: 'DELETE' });
  await call('/b/other/o/e', { method: 'DELETE' });
  expect(await (await call('/b/other/o/c%2Fd?alt=media')).text()).toBe('content');
  await call('/b/other/o/c%2Fd', { method: 'DELETE' });
  // The download before may not have let go of it yet.
  await expect.poll(blobs).toEqual([]);
});

test('a rewrite onto itself changes the class alone, and makes a new generation', async () => {
  const { post, source, text, blobs } = await prepare();
  const { body } = await post('a%2Fb/rewriteTo/b/pillbox/o/a%2Fb', { storageClass: 'NEARLINE' });
  expect(body).toMatchObject({
    kind: 'storage#rewriteResponse',
    done: true,
    totalBytesRewritten: '7',
    objectSize: '7',
    resource: { storageClass: 'NEARLINE', contentType: 'text/x', metadata: { k: 'v' } },
  });
  expect(BigInt(body.resource.generation)).toBeGreaterThan(BigInt(source.generation));
  expect(await text('a/b')).toBe('content');
  expect(await blobs()).toHaveLength(1);
});

test('a rewrite goes in steps where it is asked to, by tokens that serve no other', async () => {
  const { call, put, post } = await prepare();
  await put('large', Buffer.alloc(2 * MIB + 5, 'x'));
  const step = (query: string, target = 'pillbox/o/l2') => post(`large/rewriteTo/b/${target}?${query}`);
  const first = await step(`maxBytesRewrittenPerCall=${MIB}`);
  expect(first.body).toMatchObject({ done: false, totalBytesRewritten: String(MIB) });
  expect(first.body.resource).toBeUndefined();
  const token = first.body.rewriteToken;
  expect((await step(`rewriteToken=${token}`, 'pillbox/o/l3')).status).toBe(400);
  expect((await step('rewriteToken=nonsense')).status).toBe(400);
  const second = await step(`maxBytesRewrittenPerCall=${MIB}&rewriteToken=${token}`);
  expect(second.body).toMatchObject({ done: false, totalBytesRewritten: String(2 * MIB) });
  expect((await call('/b/pillbox/o/l2')).status).toBe(404);
  const last = await step(`maxBytesRewrittenPerCall=${MIB}&rewriteToken=${second.body.rewriteToken}`);
  expect(last.body).toMatchObject({ done: true, resource: { name: 'l2', size: String(2 * MIB + 5) } });
  await put('large', 'changed');
  expect((await step(`rewriteToken=${token}`)).status).toBe(400);
  expect((await step('maxBytesRewrittenPerCall=1000')).status).toBe(400);
  expect((await step('maxBytesRewrittenPerCall=0')).status).toBe(400);
});

test('the preconditions of source and target hold', async () => {
  const { post, source, events } = await prepare();
  const count = events.length;
  for (const verb of ['copyTo', 'rewriteTo']) {
    const copy = async (query: string) => (await post(`a%2Fb/${verb}/b/pillbox/o/a%2Fb?${query}`)).status;
    expect(await copy('ifSourceGenerationMatch=5')).toBe(412);
    expect(await copy(`ifSourceGenerationNotMatch=${source.generation}`)).toBe(412);
    expect(await copy('ifSourceMetagenerationMatch=1')).toBe(412);
    expect(await copy('ifSourceMetagenerationNotMatch=2')).toBe(412);
    expect(await copy('sourceGeneration=5')).toBe(404);
    expect(await copy('ifGenerationMatch=0')).toBe(412);
    expect(await copy('ifMetagenerationMatch=1')).toBe(412);
    expect(await copy('ifGenerationMatch=x')).toBe(400);
  }
  expect((await post('none/rewriteTo/b/pillbox/o/y')).status).toBe(404);
  expect((await post('a%2Fb/rewriteTo/b/none/o/y')).status).toBe(404);
  expect((await post(`a%2Fb/rewriteTo/b/pillbox/o/${'y'.repeat(1100)}`)).status).toBe(400);
  expect(events).toHaveLength(count);
  const right = `sourceGeneration=${source.generation}&ifSourceMetagenerationMatch=2&ifGenerationMatch=0`;
  expect((await post(`a%2Fb/copyTo/b/pillbox/o/y?${right}`)).status).toBe(200);
});

test('a move takes the source away in the same step', async () => {
  const { call, post, events, text, blobs } = await prepare();
  const before = events.length;
  expect((await post('a%2Fb/moveTo/o/a%2Fb')).status).toBe(400);
  const moved = await post('a%2Fb/moveTo/o/c');
  expect(moved.body).toMatchObject({ name: 'c', bucket: 'pillbox', contentType: 'text/x' });
  expect((await call('/b/pillbox/o/a%2Fb')).status).toBe(404);
  expect(await text('c')).toBe('content');
  expect(await blobs()).toHaveLength(1);
  expect(events.slice(before).map(({ type, object }) => [type.split('.').at(-1), object.name])).toEqual([
    ['deleted', 'a/b'],
    ['finalized', 'c'],
  ]);
});

test('a composed object is copied with its count of components and without an MD5', async () => {
  const { call, post, text } = await prepare();
  await call('/b/pillbox/o/ab/compose', {
    method: 'POST',
    body: JSON.stringify({
      sourceObjects: [{ name: 'a/b' }, { name: 'a/b', generation: null, objectPreconditions: null }],
    }),
  });
  const { body } = await post('ab/copyTo/b/pillbox/o/ab2');
  expect(body).toMatchObject({ componentCount: 2, size: '14' });
  expect(body.md5Hash).toBeUndefined();
  expect(await text('ab2')).toBe('contentcontent');
});
