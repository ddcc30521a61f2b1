import { expect, test } from 'vitest';
import { createFault, faultyStore } from '../../test/fixtures/pipeline/faulty-store.ts';
import { listNames, readBytes } from '../../test/fixtures/pipeline/read-outputs.ts';
import { createMemoryStore } from '../storage/memory-object-store.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { ObjectNotFoundError } from '../storage/storage-errors.ts';
import { joinedFingerprint, joinToLastStep } from './compose-tree.ts';

const folder = 'work/out/';

/** All steps: what the last pieces are joined to. */
async function join(store: ObjectStore, pieces: readonly ObjectInfo[]): Promise<string> {
  const last = await joinToLastStep(store, folder, pieces);
  const info = await store.compose('out', last);
  expect(joinedFingerprint(last)).toEqual({ sizeBytes: info.sizeBytes, crc32c: info.crc32c });
  return String(await readBytes(store, 'out'));
}

async function writePieces(store: ObjectStore, count: number): Promise<ObjectInfo[]> {
  const pieces: ObjectInfo[] = [];
  for (let i = 0; i < count; i++) pieces.push(await store.create(`pieces/${i}`, `${i},`));
  return pieces;
}

function joined(count: number): string {
  return Array.from({ length: count }, (_, i) => `${i},`).join('');
}

test.each([1, 2, 31, 32, 33, 63, 64, 65, 992, 1024, 1025, 2100])(
  '%i pieces are joined in order',
  async (count) => {
    const store = createMemoryStore();
    const pieces = await writePieces(store, count);
    expect(await join(store, pieces)).toBe(joined(count));
  },
);

test('up to 32 pieces need no intermediate object', async () => {
  const store = createMemoryStore();
  const pieces = await writePieces(store, 32);
  expect(await joinToLastStep(store, folder, pieces)).toEqual(pieces);
  expect(await listNames(store, folder)).toEqual([]);
});

test('no pieces stay no pieces', async () => {
  expect(await joinToLastStep(createMemoryStore(), folder, [])).toEqual([]);
});

test.each(['before', 'after'] as const)(
  'after a crash %s any operation, the next attempt goes on',
  async (when) => {
    let last = Number.POSITIVE_INFINITY;
    for (let at = 1; at <= last; at++) {
      const store = createMemoryStore();
      const pieces = await writePieces(store, 70);
      const fault = createFault(at, when);
      const attempt = () => join(faultyStore(store, fault), pieces);
      expect(await attempt().catch(attempt)).toBe(joined(70));
      last = fault.operations;
    }
    expect(last).toBeGreaterThan(3);
  },
);

test('a piece that was written anew is not joined', async () => {
  const store = createMemoryStore();
  const pieces = await writePieces(store, 33);
  await store.create('pieces/1', 'other');
  await expect(joinToLastStep(store, folder, pieces)).rejects.toThrow(ObjectNotFoundError);
});

test('an object of other bytes in the place of an intermediate one is not taken for it', async () => {
  const store = createMemoryStore();
  const pieces = await writePieces(store, 33);
  await store.create(`${folder}0-00000000`, 'other,');
  await expect(joinToLastStep(store, folder, pieces)).rejects.toMatchObject({ code: 'part-differs' });
});

test('a server that joins wrongly is found out', async () => {
  const store = createMemoryStore();
  const pieces = await writePieces(store, 33);
  const wrong: ObjectStore = {
    ...store,
    compose: (name, sources, options) => store.compose(name, sources.toReversed(), options),
  };
  await expect(joinToLastStep(wrong, folder, pieces)).rejects.toMatchObject({ code: 'part-differs' });
});
