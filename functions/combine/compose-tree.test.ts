import { expect, test } from 'vitest';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';
import { createFault, faultyStore } from '../../test/fixtures/pipeline/faulty-store.ts';
import { listNames, readBytes } from '../../test/fixtures/pipeline/read-outputs.ts';
import { composeTree, deleteIntermediates } from './compose-tree.ts';

const target = { name: 'out', contentType: 'text/plain', folder: 'work/out/' };

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
    const info = await composeTree(store, target, pieces);
    expect(String(await readBytes(store, 'out'))).toBe(joined(count));
    expect(await store.stat('out')).toEqual(info);
    await deleteIntermediates(store, target.folder);
    expect(await listNames(store, target.folder)).toEqual([]);
  },
);

test('up to 32 pieces need no intermediate object', async () => {
  const store = createMemoryStore();
  await composeTree(store, target, await writePieces(store, 32));
  expect(await listNames(store, target.folder)).toEqual([]);
});

test('no pieces make no object', async () => {
  const store = createMemoryStore();
  expect(await composeTree(store, target, [])).toBeUndefined();
  expect(await store.stat('out')).toBeUndefined();
});

test.each(['before', 'after'] as const)(
  'after a crash %s any operation, the next attempt goes on',
  async (when) => {
    let last = Number.POSITIVE_INFINITY;
    for (let at = 1; at <= last; at++) {
      const store = createMemoryStore();
      const pieces = await writePieces(store, 70);
      const fault = createFault(at, when);
      const attempt = () => composeTree(faultyStore(store, fault), target, pieces);
      await attempt().catch(attempt);
      expect(String(await readBytes(store, 'out'))).toBe(joined(70));
      last = fault.operations;
    }
    expect(last).toBeGreaterThan(3);
  },
);

test('a piece that was written anew is not joined', async () => {
  const store = createMemoryStore();
  const pieces = await writePieces(store, 3);
  await store.create('pieces/1', 'other');
  await expect(composeTree(store, target, pieces)).rejects.toThrow(ObjectNotFoundError);
});

test('an object of other bytes in the place of the target is not taken for it', async () => {
  const store = createMemoryStore();
  const pieces = await writePieces(store, 3);
  await store.create('out', 'other,');
  await expect(composeTree(store, target, pieces)).rejects.toMatchObject({ code: 'part-differs' });
});

test('a server that joins wrongly is found out', async () => {
  const store = createMemoryStore();
  const pieces = await writePieces(store, 3);
  const wrong: ObjectStore = {
    ...store,
    compose: (name, sources, options) => store.compose(name, sources.toReversed(), options),
  };
  await expect(composeTree(wrong, target, pieces)).rejects.toMatchObject({ code: 'part-differs' });
});
