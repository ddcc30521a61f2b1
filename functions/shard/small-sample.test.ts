import { expect, test } from 'vitest';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/storage/object-store.ts';
import { readSamples } from '../../test/fixtures/pipeline/read-outputs.ts';
import { copySmallSample } from './small-sample.ts';
import { tarEntry } from './tar-entry.ts';

const END = new Uint8Array(1024);

/** Samples of two files, the second of many sizes: around the size of a block, and none. */
const sample = (position: number, sizeBytes = (position * 511) % 1600): Uint8Array[] => {
  const key = String(position).padStart(9, '0');
  return [
    ...tarEntry(`${key}.png`, new Uint8Array(300).fill(position)),
    ...tarEntry(`${key}.mask.png`, new Uint8Array(sizeBytes).fill(position)),
  ];
};

async function writeTars(store: ObjectStore, ...tars: number[][]): Promise<ObjectInfo[]> {
  return Promise.all(
    tars.map((positions, i) =>
      store.create(
        `train-${i}.tar`,
        Buffer.concat([...positions.flatMap((position) => sample(position)), END]),
      ),
    ),
  );
}

async function copy(store: ObjectStore, tars: readonly ObjectInfo[], records: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await copySmallSample(store, tars, records, async (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks);
}

test.each([1, 2, 3, 4, 5, 6])('the first %i samples are copied byte by byte, over tars', async (records) => {
  const store = createMemoryStore();
  const tars = await writeTars(store, [1, 4], [5], [9, 10, 17]);
  const bytes = await copy(store, tars, records);
  const wanted = [1, 4, 5, 9, 10, 17].slice(0, records);
  expect(bytes.equals(Buffer.concat([...wanted.flatMap((position) => sample(position)), END]))).toBe(true);
  expect((await readSamples('small', bytes)).map(({ key }) => Number(key))).toEqual(wanted);
});

test('more than there are is an error, not a smaller sample', async () => {
  const store = createMemoryStore();
  const tars = await writeTars(store, [1], [2]);
  await expect(copy(store, tars, 3)).rejects.toMatchObject({ code: 'counts-differ' });
});

test('of a large tar hardly more is read than is copied', async () => {
  let readBytes = 0;
  const memory = createMemoryStore();
  const store: ObjectStore = {
    ...memory,
    async *read(name, options) {
      for await (const chunk of memory.read(name, options)) {
        readBytes += chunk.byteLength;
        yield chunk;
      }
    },
  };
  const large = await store.create(
    'train-0.tar',
    Buffer.concat([...Array.from({ length: 20 }, (_, i) => sample(i, 2 ** 20)).flat(), END]),
  );
  await copy(store, [large], 2);
  expect(large.sizeBytes).toBeGreaterThan(20 * 2 ** 20);
  expect(readBytes).toBeLessThan(5 * 2 ** 20);
});

test('a tar that was replaced meanwhile is not copied', async () => {
  const store = createMemoryStore();
  const tars = await writeTars(store, [1, 2]);
  await writeTars(store, [3, 4]);
  await expect(copy(store, tars, 1)).rejects.toThrow('not found');
});
