import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RetryableError } from '../../shared/errors/retryable-error.ts';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { readBytes } from '../../test/fixtures/pipeline/read-outputs.ts';
import { startPart } from './part-upload.ts';

const chunk = new Uint8Array(100_000).fill(7);

test('what is written arrives whole', async () => {
  const store = createMemoryStore();
  const part = startPart(store, 'part', 'application/x-tar');
  for (let i = 0; i < 30; i++) await part.write(chunk);
  const info = await part.finish();
  expect(info).toMatchObject({ name: 'part', sizeBytes: 3_000_000 });
  expect((await readBytes(store, 'part')).equals(Buffer.alloc(3_000_000, 7))).toBe(true);
});

test('a writer waits for slow storage', async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const memory = createMemoryStore();
  const slow: ObjectStore = {
    ...memory,
    create: async (name, body, options) => {
      await released;
      return memory.create(name, body, options);
    },
  };
  const part = startPart(slow, 'part', 'application/x-tar');
  let written = 0;
  const writing = (async () => {
    for (let i = 0; i < 20; i++, written++) await part.write(chunk);
  })();
  for (let i = 0; i < 20; i++) await setImmediate();
  expect(written).toBeLessThan(6);
  release();
  await writing;
  expect(await part.finish()).toMatchObject({ sizeBytes: 2_000_000 });
});

test('the same part a second time is the part that was there', async () => {
  const store = createMemoryStore();
  const [first, second] = [startPart(store, 'part', 'a/b'), startPart(store, 'part', 'a/b')];
  for (let i = 0; i < 10; i++) await Promise.all([first.write(chunk), second.write(chunk)]);
  const info = await first.finish();
  expect(await second.finish()).toEqual(info);
});

test('another part in its place is an error, never taken', async () => {
  const store = createMemoryStore();
  await store.create('part', 'something else');
  const part = startPart(store, 'part', 'a/b');
  for (let i = 0; i < 10; i++) await part.write(chunk);
  await expect(part.finish()).rejects.toMatchObject({ code: 'part-differs' });
});

test('storage that fails early ends the writing instead of blocking it', async () => {
  const failing: ObjectStore = {
    ...createMemoryStore(),
    create: () => Promise.reject(new RetryableError('storage-unavailable', 'down')),
  };
  const part = startPart(failing, 'part', 'a/b');
  const writing = (async () => {
    for (;;) await part.write(chunk);
  })();
  await expect(writing).rejects.toThrow('down');
  await part.abort();
});

test('a part that is given up leaves nothing behind', async () => {
  const store = createMemoryStore();
  const part = startPart(store, 'part', 'a/b');
  await part.write(chunk);
  await part.abort();
  expect(await store.stat('part')).toBeUndefined();
});
