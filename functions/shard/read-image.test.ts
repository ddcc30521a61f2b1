import { expect, test } from 'vitest';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/storage/object-store.ts';
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

test.each([400, 401, 403])(
  'an image that storage refuses (%d) is a failure of its record',
  async (status) => {
    const stat = async (name: string) => {
      throw new StorageRefusedError(name, status);
    };
    await expect(read({ ...createMemoryStore(), stat })).rejects.toMatchObject({
      name: 'RecordFailure',
      code: 'image-refused',
      image: 'gs://other/x.png',
    });
  },
);

test('an image that is absent or too large is not read', async () => {
  const store = { ...createMemoryStore(), read: () => expect.fail('read') };
  await expect(read(store)).rejects.toMatchObject({ code: 'image-missing' });
  const sizeBytes = 24 * MIB + 1;
  const stat = async (name: string): Promise<ObjectInfo> => ({
    name,
    generation: '1',
    sizeBytes,
    crc32c: '',
    contentType: undefined,
  });
  await expect(read({ ...store, stat })).rejects.toMatchObject({ code: 'image-too-large' });
});

test('trouble with storage is no failure of the record', async () => {
  const stat = async () => {
    throw new Error('down');
  };
  await expect(read({ ...createMemoryStore(), stat })).rejects.toThrow('down');
});
