/** What every adapter of the object store port must do. */

import { crc32c } from '@node-rs/crc32';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { encodeCrc32c } from '../../shared/storage/crc32c.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError, PreconditionFailedError } from '../../shared/storage/storage-errors.ts';
import fc from '../fixtures/properties.ts';
import { describeContract, type KnownFailures } from './describe-contract.ts';

export interface OpenedStore {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

/**
 * @param name of the adapter, for the report.
 * @param open gives a store that may hold other objects too.
 * @param known what a server of others is known to do otherwise.
 */
export function objectStoreContract(
  name: string,
  open: () => Promise<OpenedStore>,
  known: KnownFailures = new Map(),
): void {
  describeContract(`object store: ${name}`, known, (test) => {
    let opened: OpenedStore;
    let store: ObjectStore;
    // Runs against a real bucket must not meet one another.
    const root = `contract/${Date.now()}-${Math.random().toString(36).slice(2)}/`;
    let made = 0;
    const fresh = (suffix = '') => `${root}${made++}${suffix}`;

    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterAll(async () => {
      for await (const { name: left } of store.list(root)) await store.delete(left);
      await opened.close();
    });

    describe('create', () => {
      for (const [kind, body, expected] of BODIES) {
        test(`writes ${kind}`, async () => {
          const target = fresh();
          const info = await store.create(target, body(), { contentType: 'text/plain' });
          expect(await readText(store, target)).toBe(expected);
          expect(info).toEqual({
            name: target,
            generation: expect.stringMatching(/^[1-9]\d*$/),
            sizeBytes: Buffer.byteLength(expected),
            crc32c: encodeCrc32c(crc32c(expected)),
            contentType: 'text/plain',
          });
          expect(await store.stat(target)).toEqual(info);
        });
      }

      for (const suffix of SUFFIXES) {
        test(`takes the name ${JSON.stringify(suffix)}`, async () => {
          const target = fresh(`/${suffix}`);
          const info = await store.create(target, 'content');
          expect(info.name).toBe(target);
          expect(await readText(store, target)).toBe('content');
          expect(await names(store, target)).toEqual([target]);
          await store.delete(target);
          expect(await store.stat(target)).toBeUndefined();
        });
      }

      test('makes a greater generation each time', async () => {
        const target = fresh();
        const first = await store.create(target, 'first');
        const second = await store.create(target, 'second');
        expect(BigInt(second.generation)).toBeGreaterThan(BigInt(first.generation));
        expect(await readText(store, target)).toBe('second');
      });

      test('with generation 0 only where there is none', async () => {
        const target = fresh();
        await store.create(target, 'first', { ifGenerationMatch: '0' });
        const again = store.create(target, 'second', { ifGenerationMatch: '0' });
        await expect(again).rejects.toThrow(PreconditionFailedError);
        expect(await readText(store, target)).toBe('first');
      });

      test('with a generation only where that one is live', async () => {
        const target = fresh();
        const { generation } = await store.create(target, 'first');
        await store.create(target, 'second', { ifGenerationMatch: generation });
        const stale = store.create(target, 'third', { ifGenerationMatch: generation });
        await expect(stale).rejects.toThrow(PreconditionFailedError);
        const absent = store.create(fresh(), 'first', { ifGenerationMatch: generation });
        await expect(absent).rejects.toThrow(PreconditionFailedError);
      });

      test('of many at once with generation 0: one wins', async () => {
        const target = fresh();
        const tries = Array.from({ length: 6 }, (_, i) =>
          store.create(target, `${i}`, { ifGenerationMatch: '0' }),
        );
        const results = await Promise.allSettled(tries);
        const won = results.filter((result) => result.status === 'fulfilled');
        const lost = results.filter((result) => result.status === 'rejected');
        expect(won).toHaveLength(1);
        expect(lost.every(({ reason }) => reason instanceof PreconditionFailedError)).toBe(true);
        expect(await store.stat(target)).toEqual(won[0]?.value);
      });

      test('throws what its source throws, and leaves what was there', async () => {
        const target = fresh();
        await store.create(target, 'before');
        const failure = new Error('the source failed');
        const failing = store.create(
          target,
          (async function* () {
            yield Buffer.alloc(100_000);
            throw failure;
          })(),
        );
        await expect(failing).rejects.toBe(failure);
        expect(await readText(store, target)).toBe('before');
      });
    });

    describe('read', () => {
      const content = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251));

      test('any range gives the bytes that a slice would', async () => {
        const target = fresh();
        const { generation } = await store.create(target, content);
        const offset = fc.integer({ min: 0, max: 6000 });
        await fc.assert(
          fc.asyncProperty(offset, fc.option(offset, { nil: undefined }), async (startByte, end) => {
            const range = { startByte, ...(end !== undefined && { endByteExclusive: end }) };
            const bytes = await readAll(store, target, { generation, ...range });
            expect(bytes.equals(content.subarray(startByte, Math.max(end ?? 6000, startByte)))).toBe(true);
          }),
          { numRuns: 40 },
        );
      });

      test('says how many bytes come, before they do; who does not want them gets none', async () => {
        const target = fresh();
        await store.create(target, content);
        const events: (number | 'bytes')[] = [];
        const onSize = (sizeBytes: number) => void events.push(sizeBytes);
        for await (const _ of store.read(target, { onSize })) events.push('bytes');
        for await (const _ of store.read(target, { startByte: 4000, endByteExclusive: 9000, onSize })) break;
        expect(events.filter((event) => event !== 'bytes')).toEqual([5000, 1000]);
        expect(events.slice(0, 2)).toEqual([5000, 'bytes']);
        const unwanted = Object.assign(new Error('not wanted'), { code: 'too-large' });
        const refused = readAll(store, target, {
          onSize: () => {
            throw unwanted;
          },
        });
        await expect(refused).rejects.toBe(unwanted);
      });

      test('a range of an empty object is empty', async () => {
        const target = fresh();
        await store.create(target, '');
        expect(await readText(store, target, { startByte: 0, endByteExclusive: 10 })).toBe('');
        expect(await readText(store, target, { startByte: 5 })).toBe('');
      });

      test('an object that is not there', async () => {
        const target = fresh();
        await expect(readText(store, target)).rejects.toThrow(ObjectNotFoundError);
        await expect(readText(store, target, { startByte: 3 })).rejects.toThrow(ObjectNotFoundError);
        const nothing = readText(store, target, { startByte: 3, endByteExclusive: 3 });
        await expect(nothing).rejects.toThrow(ObjectNotFoundError);
        await expect(readText(store, target, { generation: '1' })).rejects.toThrow(ObjectNotFoundError);
      });

      test('a generation that has been replaced', async () => {
        const target = fresh();
        const { generation } = await store.create(target, 'first');
        await store.create(target, 'second');
        await expect(readText(store, target, { generation })).rejects.toThrow(ObjectNotFoundError);
      });

      test('can be left before the end', async () => {
        const target = fresh();
        await store.create(target, Buffer.alloc(3_000_000, 7));
        for (let round = 0; round < 20; round += 1) {
          for await (const chunk of store.read(target)) {
            expect(chunk[0]).toBe(7);
            break;
          }
        }
        expect((await store.stat(target))?.sizeBytes).toBe(3_000_000);
      });
    });

    describe('stat and delete', () => {
      test('nothing where there is nothing', async () => {
        const target = fresh();
        expect(await store.stat(target)).toBeUndefined();
        await expect(store.delete(target)).resolves.toBeUndefined();
      });

      test('deletes only the generation that is meant', async () => {
        const target = fresh();
        const first = await store.create(target, 'first');
        const second = await store.create(target, 'second');
        const stale = store.delete(target, { ifGenerationMatch: first.generation });
        await expect(stale).rejects.toThrow(PreconditionFailedError);
        await store.delete(target, { ifGenerationMatch: second.generation });
        expect(await store.stat(target)).toBeUndefined();
      });
    });

    describe('list', () => {
      test('every object of the prefix and no other, in the order of UTF-8 bytes', async () => {
        const folder = fresh('/');
        // U+FF5E comes after U+1F600 in UTF-16 and before it in UTF-8.
        const suffixes = ['b', 'a', 'a/b', 'a-b', 'ab', 'A', 'é', 'z', '\uff5e', '\u{1f600}', '\u007f'];
        await Promise.all(suffixes.map((suffix) => store.create(folder + suffix, suffix)));
        const expected = suffixes
          .map((suffix) => folder + suffix)
          .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(await names(store, folder)).toEqual(expected);
        expect(await names(store, `${folder}a`)).toEqual(
          expected.filter((listed) => listed.startsWith(`${folder}a`)),
        );
        expect(await names(store, `${folder}none`)).toEqual([]);
      });

      test('gives what stat gives', async () => {
        const target = fresh();
        const info = await store.create(target, 'content', { contentType: 'text/plain' });
        const listed: ObjectInfo[] = [];
        for await (const found of store.list(target)) listed.push(found);
        expect(listed).toEqual([info]);
      });
    });

    describe('compose', () => {
      test('joins up to 32 sources in order, and composed ones again', async () => {
        const parts = await Promise.all(
          Array.from({ length: 32 }, (_, i) => store.create(fresh(), i === 7 ? '' : `part ${i};`)),
        );
        const expected = parts.map((_, i) => (i === 7 ? '' : `part ${i};`)).join('');
        const target = fresh();
        const joined = await store.compose(target, parts, { contentType: 'text/plain' });
        expect(joined).toMatchObject({ name: target, contentType: 'text/plain' });
        expect(joined.crc32c).toBe(encodeCrc32c(crc32c(expected)));
        expect(await readText(store, target)).toBe(expected);
        expect(await readText(store, target, { startByte: 5, endByteExclusive: 40 })).toBe(
          expected.slice(5, 40),
        );

        const [first] = parts;
        if (first === undefined) throw new Error('there are 32 parts');
        const twice = await store.compose(fresh(), [joined, first, joined]);
        const expectedTwice = `${expected}part 0;${expected}`;
        expect(twice).toMatchObject({
          sizeBytes: expectedTwice.length,
          crc32c: encodeCrc32c(crc32c(expectedTwice)),
        });
        expect(await readText(store, twice.name)).toBe(expectedTwice);
      });

      test('outlives its sources, and may replace one of them', async () => {
        const [a, b] = [await store.create(fresh(), 'a'), await store.create(fresh(), 'b')];
        const ab = await store.compose(a.name, [a, b]);
        await store.delete(b.name);
        expect(await readText(store, ab.name)).toBe('ab');
        expect(BigInt(ab.generation)).toBeGreaterThan(BigInt(a.generation));
      });

      test('takes the very generations that are named', async () => {
        const stale = await store.create(fresh(), 'first');
        await store.create(stale.name, 'second');
        const target = fresh();
        await expect(store.compose(target, [stale])).rejects.toThrow(ObjectNotFoundError);
        const gone = { name: fresh(), generation: '1' };
        await expect(store.compose(target, [gone])).rejects.toThrow(ObjectNotFoundError);
        expect(await store.stat(target)).toBeUndefined();
      });

      test('holds to the precondition on the target', async () => {
        const source = await store.create(fresh(), 'x');
        const target = fresh();
        const { generation } = await store.compose(target, [source], { ifGenerationMatch: '0' });
        const again = store.compose(target, [source, source], { ifGenerationMatch: '0' });
        await expect(again).rejects.toThrow(PreconditionFailedError);
        expect(await readText(store, target)).toBe('x');
        await store.compose(target, [source, source], { ifGenerationMatch: generation });
        expect(await readText(store, target)).toBe('xx');
      });

      test('refuses no source and more than 32', async () => {
        const source = await store.create(fresh(), 'x');
        await expect(store.compose(fresh(), [])).rejects.toThrow(RangeError);
        await expect(store.compose(fresh(), Array(33).fill(source))).rejects.toThrow(RangeError);
      });
    });
  });
}

const BODIES: readonly (readonly [
  kind: string,
  body: () => string | Uint8Array | AsyncIterable<Uint8Array>,
  text: string,
])[] = [
  ['text', () => 'Grüße', 'Grüße'],
  ['bytes', () => new Uint8Array([104, 105]), 'hi'],
  ['a view into a larger buffer', () => new Uint8Array([1, 104, 105, 2]).subarray(1, 3), 'hi'],
  ['a stream', () => stream('one ', 'two ', 'three'), 'one two three'],
  ['nothing as text', () => '', ''],
  ['nothing as a stream', () => stream(), ''],
];

const SUFFIXES = [
  'a b/ç/日本/😀',
  '%2F..%00',
  '?a=b&c#d',
  '+',
  "it's (here)!*",
  'trailing/',
  'x'.repeat(700),
];

async function* stream(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

async function readAll(...args: Parameters<ReadFrom>): Promise<Buffer> {
  const [store, name, options] = args;
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(name, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

type ReadFrom = (store: ObjectStore, ...read: Parameters<ObjectStore['read']>) => Promise<Buffer>;

async function readText(...args: Parameters<ReadFrom>): Promise<string> {
  return (await readAll(...args)).toString('utf8');
}

async function names(store: ObjectStore, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of store.list(prefix)) found.push(name);
  return found;
}
