/** What the official storage client does beyond the port: metadata, copies, lists, buckets, ranges, on any server. */

import { gzipSync } from 'node:zlib';
import { type Bucket, type File, Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import { afterAll, beforeAll, expect } from 'vitest';
import { describeContract, type KnownFailures } from './describe-contract.ts';

export interface OpenCloud {
  readonly origin: string;
  close(): Promise<void>;
}

/** @param known what a server of others is known to do otherwise. */
export function storageClientContract(
  name: string,
  open: () => Promise<OpenCloud>,
  known: KnownFailures = new Map(),
): void {
  describeContract(`storage client: ${name}`, known, (test) => {
    let at: OpenCloud;
    let storage: Storage;
    let bucket: Bucket;

    beforeAll(async () => {
      at = await open();
      storage = new Storage({ apiEndpoint: at.origin, projectId: 'p', authClient: new PassThroughClient() });
      [bucket] = await storage.createBucket('from-client');
    });
    afterAll(() => at.close());

    test('metadata is set and read', async () => {
      const file = bucket.file('meta');
      await file.save('content', { metadata: { cacheControl: 'no-store', metadata: { a: '1' } } });
      await file.setMetadata({ contentLanguage: 'de', metadata: { b: '2' } });
      const [metadata] = await file.getMetadata();
      expect(metadata).toMatchObject({
        cacheControl: 'no-store',
        contentLanguage: 'de',
        metadata: { a: '1', b: '2' },
      });
    });

    test('null takes metadata away', async () => {
      const file = bucket.file('null');
      await file.save('content', { metadata: { metadata: { a: '1', b: '2' } } });
      await file.setMetadata({ metadata: { a: null } });
      const [metadata] = await file.getMetadata();
      expect(metadata.metadata).toEqual({ b: '2' });
    });

    test('metadata is changed only at the metageneration that is meant', async () => {
      const file = bucket.file('metageneration');
      await file.save('content');
      await file.setMetadata({ contentLanguage: 'de' }, { ifMetagenerationMatch: 1 });
      const stale = file.setMetadata({ contentLanguage: 'fr' }, { ifMetagenerationMatch: 1 });
      await expect(stale).rejects.toMatchObject({ code: 412 });
    });

    test('a copy keeps content and type', async () => {
      const file = bucket.file('source');
      await file.save('content', { contentType: 'text/x' });
      await file.copy(bucket.file('copied'));
      expect(await readText(bucket.file('copied'))).toBe('content');
      expect((await bucket.file('copied').getMetadata())[0].contentType).toBe('text/x');
    });

    test('a move keeps content, and leaves nothing behind', async () => {
      await bucket.file('to-move').save('content');
      await bucket.file('to-move').move('moved');
      expect(await readText(bucket.file('moved'))).toBe('content');
      expect(await bucket.file('to-move').exists()).toEqual([false]);
    });

    test('an atomic move keeps content, and leaves nothing behind', async () => {
      await bucket.file('to-move-at-once').save('content');
      await bucket.file('to-move-at-once').moveFileAtomic('moved-at-once');
      expect(await readText(bucket.file('moved-at-once'))).toBe('content');
      expect(await bucket.file('to-move-at-once').exists()).toEqual([false]);
    });

    test('the storage class is changed', async () => {
      const file = bucket.file('class');
      await file.save('content');
      await file.setStorageClass('nearline');
      expect(await readText(file)).toBe('content');
      expect((await bucket.file('class').getMetadata())[0].storageClass).toBe('NEARLINE');
    });

    test("a customer's key is put on, and needed from then on", async () => {
      await bucket.file('locked').save('content');
      const encryptionKey = Buffer.alloc(32, 7);
      await bucket.file('locked').rotateEncryptionKey({ encryptionKey });
      expect(await readText(bucket.file('locked', { encryptionKey }))).toBe('content');
      await expect(bucket.file('locked').download()).rejects.toMatchObject({ code: 400 });
    });

    test('a glob is matched', async () => {
      await Promise.all(['glob/a', 'glob/b', 'glob/c'].map((object) => bucket.file(object).save('')));
      const [files] = await bucket.getFiles({ matchGlob: 'glob/{a,c}' });
      expect(files.map((file) => file.name)).toEqual(['glob/a', 'glob/c']);
    });

    test('lists have folders', async () => {
      await saveFolders();
      const [files, , response] = await bucket.getFiles({
        prefix: 'l/',
        delimiter: '/',
        autoPaginate: false,
      });
      expect(files.map((file) => file.name)).toEqual(['l/a', 'l/c']);
      expect(response).toMatchObject({ prefixes: ['l/b/'] });
    });

    test('lists go through all pages', async () => {
      await saveFolders();
      const all: string[] = [];
      // In pages of one, which `maxResults` alone would end after the first.
      let query: object | null = { prefix: 'l/', maxResults: 1, autoPaginate: false };
      while (query !== null) {
        const [page, next]: [{ name: string }[], object, unknown] = await bucket.getFiles(query);
        all.push(...page.map((file) => file.name));
        query = next;
      }
      expect(all).toEqual(FOLDERS);
    });

    test('a page counts folders too', async () => {
      await saveFolders();
      const first = await bucket.getFiles({
        prefix: 'l/',
        delimiter: '/',
        maxResults: 1,
        autoPaginate: false,
      });
      expect(first[0].map((file) => file.name)).toEqual(['l/a']);
      expect(first[2]).not.toHaveProperty('prefixes');
    });

    test('buckets are listed by prefix', async () => {
      const [buckets] = await storage.getBuckets({ prefix: 'from-' });
      expect(buckets.map((found) => found.name)).toEqual(['from-client']);
    });

    test('a range is read', async () => {
      await bucket.file('range').save('0123456789');
      const [part] = await bucket.file('range').download({ start: 2, end: 4 });
      expect(part.toString()).toBe('234');
    });

    test('what is zipped is stored so, and unzipped by the client', async () => {
      const text = 'zipped '.repeat(1000);
      await bucket.file('zipped').save(text, { gzip: true });
      const [metadata] = await bucket.file('zipped').getMetadata();
      expect(metadata).toMatchObject({ contentEncoding: 'gzip', size: String(gzipSync(text).length) });
      expect(await readText(bucket.file('zipped'))).toBe(text);
    });

    test('what is zipped comes as it was stored to who takes gzip', async () => {
      const zipped = gzipSync('zipped '.repeat(1000));
      await bucket.file('zipped-as-is').save(zipped, { metadata: { contentEncoding: 'gzip' } });
      const [bytes] = await bucket.file('zipped-as-is').download({ decompress: false });
      expect(bytes.equals(zipped)).toBe(true);
    });

    test('a wrong checksum is refused', async () => {
      const upload = (crc32c: string) =>
        fetch(`${at.origin}/upload/storage/v1/b/from-client/o?uploadType=media&name=sum`, {
          method: 'POST',
          headers: { 'x-goog-hash': `crc32c=${crc32c}` },
          body: 'content',
        });
      expect((await upload('AAAAAA==')).status).toBe(400);
      expect(await bucket.file('sum').exists()).toEqual([false]);
    });

    test('a resumable upload goes in chunks', async () => {
      const content = Buffer.alloc(700_000, 'chunk');
      await bucket.file('chunks').save(content, { resumable: true, chunkSize: 256 * 1024 });
      const [bytes] = await bucket.file('chunks').download();
      expect(bytes.equals(content)).toBe(true);
    });

    test('a resumable upload that broke off goes on where it was', async () => {
      const content = Buffer.alloc(700_000, 'again');
      const half = 256 * 1024;
      const [uri] = await bucket.file('again').createResumableUpload();
      const send = (contentRange: string, body?: Buffer) =>
        fetch(uri, {
          method: 'PUT',
          headers: { 'content-range': contentRange },
          ...(body !== undefined && { body: new Uint8Array(body) }),
        });
      const first = content.subarray(0, half);
      expect((await send(`bytes 0-${half - 1}/${content.length}`, first)).status).toBe(308);
      const status = await send(`bytes */${content.length}`);
      expect([status.status, status.headers.get('range')]).toEqual([308, `bytes=0-${half - 1}`]);
      const rest = await send(
        `bytes ${half}-${content.length - 1}/${content.length}`,
        content.subarray(half),
      );
      expect(rest.status).toBe(200);
      const [bytes] = await bucket.file('again').download();
      expect(bytes.equals(content)).toBe(true);
    });

    test('a bucket has labels', async () => {
      const [made] = await storage.createBucket('labelled', { labels: { a: '1' } });
      await made.setLabels({ b: '2' });
      expect(await made.getLabels()).toEqual([{ a: '1', b: '2' }]);
    });

    test('a retention period gives objects a time of expiry', async () => {
      const [made] = await storage.createBucket('retaining');
      await made.setRetentionPeriod(60);
      await made.file('x').save('x');
      const [expires] = await made.file('x').getExpirationDate();
      expect(expires.getTime() - Date.now()).toBeGreaterThan(30_000);
    });

    test('a bucket is deleted once it is empty, and not before', async () => {
      const [made] = await storage.createBucket('short-lived');
      await made.file('x').save('x');
      await expect(made.delete()).rejects.toMatchObject({ code: 409 });
      await made.deleteFiles();
      await made.delete();
      expect(await made.exists()).toEqual([false]);
    });

    async function saveFolders(): Promise<void> {
      await Promise.all(FOLDERS.map((object) => bucket.file(object).save('')));
    }
  });
}

const FOLDERS = ['l/a', 'l/b/1', 'l/b/2', 'l/c'];

async function readText(file: File): Promise<string> {
  const [bytes] = await file.download();
  return bytes.toString();
}
