import { expect, test } from 'vitest';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import fc from '../../test/fixtures/properties.ts';
import { partitionOf } from './partition-of.ts';
import { findSections, readSections } from './read-spills.ts';
import { SpillWriter } from './spill-writer.ts';

const nameOf = (spill: number) => `spill-${spill}`;

const row = fc.tuple(
  fc.integer({ min: 0, max: 10 ** 15 - 1 }).map(String),
  fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', ','), maxLength: 12 }),
);

async function cut(rows: readonly (readonly string[])[], partitions: number, flushEvery = 1) {
  const store = createMemoryStore();
  const writer = new SpillWriter({ store, partitions, nameOf, spillBytes: 256 });
  for (const [i, fields] of rows.entries()) {
    writer.add(fields);
    if (i % flushEvery === 0) await writer.flush();
  }
  return { store, spills: await writer.finish() };
}

test('every row is in its partition exactly once, in the order it came', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 120 }),
      fc.integer({ min: 1, max: 40 }),
      async (rows, partitions) => {
        const { store, spills } = await cut(rows, partitions);
        for (let partition = 0; partition < partitions; partition++) {
          const found: string[][] = [];
          const sections = await findSections(store, spills, partition);
          await readSections(store, sections, (fields) => found.push([...fields]));
          const wanted = rows.filter(([subject]) => partitionOf(Number(subject), partitions) === partition);
          expect(found).toEqual(wanted);
        }
      },
    ),
  );
});

test('where a spill ends does not depend on when it is sent', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 120 }),
      fc.integer({ min: 2, max: 50 }),
      async (rows, every) => {
        const bytes = ({ spills }: Awaited<ReturnType<typeof cut>>) =>
          spills.map(({ name, sizeBytes, crc32c }) => ({ name, sizeBytes, crc32c }));
        expect(bytes(await cut(rows, 5, every))).toEqual(bytes(await cut(rows, 5)));
      },
    ),
  );
});

test('spills are as many as the rows fill', async () => {
  const rows = Array.from({ length: 100 }, (_, i) => [String(i), 'x'.repeat(20)]);
  const { spills } = await cut(rows, 3);
  expect(spills.length).toBeGreaterThan(10);
  expect(Math.max(...spills.map(({ sizeBytes }) => sizeBytes))).toBeLessThanOrEqual(256 + 4 * 8);
  expect((await cut([], 3)).spills).toEqual([]);
});

test('subjects as MIMIC numbers them fall evenly', () => {
  for (const partitions of [2, 7, 26, 1024]) {
    const counts = new Array<number>(partitions).fill(0);
    for (let i = 0; i < 200_000; i++) {
      const partition = partitionOf(10_000_000 + i * 7, partitions);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    const mean = 200_000 / partitions;
    expect(Math.max(...counts)).toBeLessThan(mean + 6 * Math.sqrt(mean));
    expect(Math.min(...counts)).toBeGreaterThan(mean - 6 * Math.sqrt(mean));
  }
});

test('large ids are told apart, too', () => {
  const partitions = new Set([1, 2, 3, 4, 5, 6].map((i) => partitionOf(i * 2 ** 32, 1024)));
  expect(partitions.size).toBeGreaterThan(3);
});
