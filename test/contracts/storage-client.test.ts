/** What the official client does beyond the object store port: metadata, copies, lists, buckets, ranges, retries. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Bucket, Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../infra/local/cloud/local-cloud.ts';

let dir: string;
let cloud: LocalCloud;
let storage: Storage;
let bucket: Bucket;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-client-'));
  cloud = await startLocalCloud({ dir, port: 0 });
  storage = new Storage({ apiEndpoint: cloud.origin, projectId: 'p', authClient: new PassThroughClient() });
  [bucket] = await storage.createBucket('from-client');
});
afterAll(async () => {
  await cloud.close();
  await rm(dir, { recursive: true });
});

test('metadata is set, read, taken away', async () => {
  const file = bucket.file('meta');
  await file.save('content', { metadata: { cacheControl: 'no-store', metadata: { a: '1', b: '2' } } });
  await file.setMetadata({ contentLanguage: 'de', metadata: { a: null, c: '3' } });
  const [metadata] = await file.getMetadata();
  expect(metadata).toMatchObject({
    cacheControl: 'no-store',
    contentLanguage: 'de',
    metadata: { b: '2', c: '3' },
  });
  expect(metadata.metadata).not.toHaveProperty('a');
  const stale = file.setMetadata({ contentLanguage: 'fr' }, { ifMetagenerationMatch: 1 });
  await expect(stale).rejects.toMatchObject({ code: 412 });
});

test('copy, move, rename, class and key rotation keep the content', async () => {
  const file = bucket.file('source');
  await file.save('content', { contentType: 'text/x' });
  await file.copy(bucket.file('copied'));
  await bucket.file('copied').move('moved');
  await bucket.file('moved').moveFileAtomic('atomic');
  await bucket.file('atomic').setStorageClass('nearline');
  const encryptionKey = Buffer.alloc(32, 7);
  await bucket.file('atomic').rotateEncryptionKey({ encryptionKey });
  const [content] = await bucket.file('atomic', { encryptionKey }).download();
  expect(content.toString()).toBe('content');
  await expect(bucket.file('atomic').download()).rejects.toMatchObject({ code: 400 });
  const [files] = await bucket.getFiles({ matchGlob: '{copied,moved,atomic}' });
  expect(files.map(({ name }) => name)).toEqual(['atomic']);
  expect(files[0]?.metadata).toMatchObject({ storageClass: 'NEARLINE', contentType: 'text/x' });
});

test('lists go through all pages, folders too', async () => {
  await Promise.all(['l/a', 'l/b/1', 'l/b/2', 'l/c'].map((name) => bucket.file(name).save('')));
  const [files, , response] = await bucket.getFiles({ prefix: 'l/', delimiter: '/', autoPaginate: false });
  expect(files.map(({ name }) => name)).toEqual(['l/a', 'l/c']);
  expect(response).toMatchObject({ prefixes: ['l/b/'] });
  const all: string[] = [];
  // In pages of one, which `maxResults` alone would end after the first.
  let query: object | null = { prefix: 'l/', maxResults: 1, autoPaginate: false };
  while (query !== null) {
    const [page, next]: [{ name: string }[], object, unknown] = await bucket.getFiles(query);
    all.push(...page.map(({ name }) => name));
    query = next;
  }
  expect(all).toEqual(['l/a', 'l/b/1', 'l/b/2', 'l/c']);
  const [buckets] = await storage.getBuckets({ prefix: 'from-' });
  expect(buckets.map(({ name }) => name)).toEqual(['from-client']);
});

test('a range is read, and what is zipped comes as it was stored', async () => {
  await bucket.file('range').save('0123456789');
  const [part] = await bucket.file('range').download({ start: 2, end: 4 });
  expect(part.toString()).toBe('234');
  await bucket.file('zipped').save('zipped '.repeat(1000), { gzip: true });
  const response = await fetch(`${cloud.origin}/from-client/zipped`, {
    headers: { 'accept-encoding': 'identity' },
  });
  expect(response.headers.get('x-goog-stored-content-encoding')).toBe('gzip');
  expect(Number(response.headers.get('content-length'))).toBe(gzipSync('zipped '.repeat(1000)).length);
  expect(await response.text()).toBe('zipped '.repeat(1000));
  const [unzipped] = await bucket.file('zipped').download();
  expect(unzipped.toString()).toBe('zipped '.repeat(1000));
});

test('a bucket is set up, emptied and deleted', async () => {
  const [made] = await storage.createBucket('short-lived', { labels: { a: '1' } });
  await made.setLabels({ b: '2' });
  await made.setRetentionPeriod(60);
  await made.file('x').save('x');
  const [expires] = await made.file('x').getExpirationDate();
  expect(expires.getTime() - Date.now()).toBeGreaterThan(30_000);
  await expect(made.delete()).rejects.toMatchObject({ code: 409 });
  await made.deleteFiles();
  await made.delete();
  expect(await made.exists()).toEqual([false]);
});
