import { expect, test } from 'vitest';
import { encodeEntries } from '../../shared/pipeline/index-entry.ts';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { readIndex } from './read-index.ts';

/** An index whose entry n is { offset: 10 n, length: n }. */
async function writeIndex(records: number) {
  const memory = createMemoryStore();
  const entries = Array.from({ length: records }, (_, n) => ({ offset: 10 * n, length: n }));
  const { name, generation } = await memory.create('index', encodeEntries(entries));
  const reads: number[] = [];
  const store: ObjectStore = {
    ...memory,
    read: (object, range) => {
      reads.push((range?.endByteExclusive ?? Number.NaN) - (range?.startByte ?? Number.NaN));
      return memory.read(object, range);
    },
  };
  return { store, index: { name, generation }, reads };
}

test('entries come in the order asked for', async () => {
  const { store, index } = await writeIndex(100);
  const entries = await readIndex(store, { index }, [99, 0, 42]);
  expect(entries.map(({ length }) => length)).toEqual([99, 0, 42]);
  expect(entries.map(({ offset }) => offset)).toEqual([990, 0, 420]);
});

test('neighbours are read together, and distant entries apart', async () => {
  const { store, index, reads } = await writeIndex(50_000);
  await readIndex(store, { index }, [4097, 1, 40_000]);
  // 64 KiB are 4096 entries: 1 and 4097 are just near enough.
  expect(reads).toEqual([4097 * 16, 16]);
});

test('no read holds more than 1 MiB', async () => {
  const { store, index, reads } = await writeIndex(200_000);
  const records = Array.from({ length: 100 }, (_, i) => i * 2000);
  const entries = await readIndex(store, { index }, records);
  expect(entries.map(({ length }) => length)).toEqual(records);
  expect(Math.max(...reads)).toBeLessThanOrEqual(1024 * 1024);
  expect(reads).toHaveLength(4);
});

test('an index that was deleted or cut fails the job', async () => {
  const { store, index } = await writeIndex(10);
  await expect(readIndex(store, { index }, [10])).rejects.toMatchObject({ code: 'job-invalid' });
  await expect(readIndex(store, { index: { ...index, generation: '7' } }, [1])).rejects.toMatchObject({
    code: 'job-invalid',
  });
});
