import { expect, test } from 'vitest';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { StorageRefusedError } from '../../shared/storage/storage-errors.ts';
import { readImage } from './read-image.ts';

const MIB = 1024 * 1024;

function read(store: ObjectStore) {
  const location = { bucket: 'other', name: 'x.png' };
  return readImage(() => store, { location, source: 'gs://other/x.png', turn: Promise.resolve() });
}

test('an image arrives whole, in memory of its own', async () => {
  const store = createMemoryStore();
  await store.create('x.png', Buffer.alloc(5_000, 7));
  const image = await read(store);
  expect(Buffer.from(image.bytes).equals(Buffer.alloc(5_000, 7))).toBe(true);
  image.free();
  expect(image.bytes.byteLength).toBe(0);
});

test('the memory of an image that is done with holds the next one', async () => {
  const store = createMemoryStore();
  await store.create('x.png', Buffer.alloc(300_000, 7));
  const first = await read(store);
  const { buffer } = first.bytes;
  first.free();
  await store.create('x.png', Buffer.alloc(200_000, 8));
  const second = await read(store);
  expect(second.bytes.buffer).toBe(buffer);
  expect(Buffer.from(second.bytes).equals(Buffer.alloc(200_000, 8))).toBe(true);
});

test('what came is given back as soon as it is copied', async () => {
  const chunks = [new Uint8Array(70_000).fill(1), new Uint8Array(30_000).fill(2)];
  const store = storeThat(async function* (_, { onSize } = {}) {
    await onSize?.(100_000);
    yield* chunks;
  });
  expect((await read(store)).bytes.subarray(69_999, 70_001)).toEqual(Uint8Array.of(1, 2));
  expect(chunks.map(({ byteLength }) => byteLength)).toEqual([0, 0]);
});

/** A store that answers every read so. */
function storeThat(read: ObjectStore['read']): ObjectStore {
  return { ...createMemoryStore(), read };
}

// biome-ignore lint/correctness/useYield: it fails before the first byte
async function* failing(error: unknown): AsyncIterable<Uint8Array> {
  throw error;
}

test.each([400, 401, 403])(
  'an image that storage refuses (%d) is a failure of its record',
  async (status) => {
    const store = storeThat((name) => failing(new StorageRefusedError(name, status)));
    await expect(read(store)).rejects.toMatchObject({
      name: 'RecordFailure',
      code: 'image-refused',
      image: 'gs://other/x.png',
    });
  },
);

test('an image that is absent is a failure of its record; one without a byte is an image', async () => {
  const store = createMemoryStore();
  await expect(read(store)).rejects.toMatchObject({ code: 'image-missing' });
  await store.create('x.png', '');
  expect((await read(store)).bytes.byteLength).toBe(0);
});

test('of an image that is too large not a byte is read', async () => {
  const store = storeThat(async function* (_, { onSize } = {}) {
    await onSize?.(24 * MIB + 1);
    yield expect.fail('read');
  });
  await expect(read(store)).rejects.toMatchObject({ code: 'image-too-large' });
});

test('a large image waits for its turn before its bytes come', async () => {
  const { promise: turn, resolve } = Promise.withResolvers<void>();
  let begun = false;
  const store = storeThat(async function* (_, { onSize } = {}) {
    await onSize?.(9 * MIB);
    begun = true;
    yield new Uint8Array(9 * MIB);
  });
  const reading = readImage(() => store, { location: { bucket: 'other', name: 'x.png' }, source: 'x', turn });
  await new Promise((done) => setTimeout(done, 20));
  expect(begun).toBe(false);
  resolve();
  expect((await reading).bytes.byteLength).toBe(9 * MIB);
});

test.each([
  ['more', 11],
  ['fewer', 9],
])('%s bytes than were announced are trouble with storage', async (_name, bytes) => {
  const store = storeThat(async function* (_, { onSize } = {}) {
    await onSize?.(10);
    yield new Uint8Array(bytes);
  });
  await expect(read(store)).rejects.toMatchObject({ name: 'RetryableError', code: 'storage-unavailable' });
});

test('trouble with storage is no failure of the record', async () => {
  await expect(read(storeThat(() => failing(new Error('down'))))).rejects.toThrow('down');
});
