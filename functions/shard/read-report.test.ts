import { expect, test } from 'vitest';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import { StorageRefusedError } from '../../shared/storage/storage-errors.ts';
import { REPORT_LIMIT_BYTES, readReport } from './read-report.ts';

async function read(content: Uint8Array | string | undefined): Promise<string> {
  const store = createMemoryStore();
  if (content !== undefined) await store.create('s1.txt', content);
  return readReport(() => store, { bucket: 'here', name: 's1.txt' }, 'a.jpg');
}

test('the text of the object is the report', async () => {
  expect(await read('IMPRESSION: 20 µm.\n')).toBe('IMPRESSION: 20 µm.\n');
  expect(await read('x'.repeat(REPORT_LIMIT_BYTES))).toHaveLength(REPORT_LIMIT_BYTES);
  expect(await read('')).toBe('');
});

test.each([
  ['report-missing', undefined],
  ['report-too-large', 'x'.repeat(REPORT_LIMIT_BYTES + 1)],
  ['report-not-text', Buffer.from([0x46, 0xff, 0x00])],
])('%s', async (code, content) => {
  await expect(read(content)).rejects.toMatchObject({ code, image: 'a.jpg' });
});

test('of an object of many megabytes no more is read than is allowed', async () => {
  let asked: number | undefined;
  const store = {
    ...createMemoryStore(),
    async *read(_: string, { endByteExclusive = Infinity } = {}) {
      asked = endByteExclusive;
      yield new Uint8Array(Math.min(endByteExclusive, 40_000_000));
    },
  };
  await expect(readReport(() => store, { bucket: 'here', name: 'r' }, 'a.jpg')).rejects.toMatchObject({
    code: 'report-too-large',
  });
  expect(asked).toBe(REPORT_LIMIT_BYTES + 1);
});

test('a report that the box may not read is a failure of the record', async () => {
  const store = {
    ...createMemoryStore(),
    // biome-ignore lint/correctness/useYield: it fails before the first byte
    async *read(): AsyncIterable<Uint8Array> {
      throw new StorageRefusedError('r', 403);
    },
  };
  await expect(readReport(() => store, { bucket: 'here', name: 'r' }, 'a.jpg')).rejects.toMatchObject({
    code: 'report-refused',
  });
});
