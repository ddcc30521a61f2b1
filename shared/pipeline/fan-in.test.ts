import { expect, test } from 'vitest';
import * as z from 'zod';
import { createMemoryStore } from '../storage/memory-object-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { climb, type FanIn, missingMarkers, readFirstGroups, readRoot, repair, writeLeaf } from './fan-in.ts';

const sumSchema = z.object({ sum: z.number(), first: z.number() });

/** Sums up its leaves, and keeps the first: a child out of order would show. */
function treeOf(leaves: number, firstGroup = 32): FanIn {
  return {
    folder: 'work/markers/stage/',
    leaves,
    firstGroup,
    merge: (_level, children) => {
      const parts = children.map((child) => sumSchema.parse(child));
      return { sum: parts.reduce((total, { sum }) => total + sum, 0), first: parts[0]?.first };
    },
  };
}

async function finish(store: ObjectStore, tree: FanIn, leaf: number): Promise<boolean> {
  await writeLeaf(store, tree, leaf, { sum: leaf, first: leaf });
  return climb(store, tree, leaf);
}

/** All leaves, each once, in an order that jumps about. */
function shuffled(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * 7919 + 5) % count);
}

test.each([
  { leaves: 1, firstGroup: 32 },
  { leaves: 2, firstGroup: 1 },
  { leaves: 32, firstGroup: 32 },
  { leaves: 33, firstGroup: 32 },
  { leaves: 100, firstGroup: 7 },
  { leaves: 1025, firstGroup: 32 },
])('the last of $leaves leaves, and only the last, reaches the root', async ({ leaves, firstGroup }) => {
  const store = createMemoryStore();
  const tree = treeOf(leaves, firstGroup);
  const reached: number[] = [];
  for (const [i, leaf] of shuffled(leaves).entries()) if (await finish(store, tree, leaf)) reached.push(i);
  expect(reached).toEqual([leaves - 1]);
  expect(await readRoot(store, tree, sumSchema)).toEqual({ sum: (leaves * (leaves - 1)) / 2, first: 0 });
  // A task that comes again reaches it again.
  expect(await climb(store, tree, 0)).toBe(true);
});

test('leaves that end at the same time reach the root at least once', async () => {
  const store = createMemoryStore();
  const tree = treeOf(70, 8);
  const reached = await Promise.all(shuffled(70).map((leaf) => finish(store, tree, leaf)));
  expect(reached).toContain(true);
  expect(await readRoot(store, tree, sumSchema)).toEqual({ sum: (70 * 69) / 2, first: 0 });
});

test('the groups of level 1 are read in order', async () => {
  const store = createMemoryStore();
  const tree = treeOf(100, 30);
  for (const leaf of shuffled(100)) await finish(store, tree, leaf);
  const firsts: number[] = [];
  for await (const { first } of readFirstGroups(store, tree, sumSchema)) firsts.push(first);
  expect(firsts).toEqual([0, 30, 60, 90]);
});

test('missing leaves are found in order', async () => {
  const store = createMemoryStore();
  const tree = treeOf(40);
  for (let leaf = 0; leaf < 40; leaf++)
    if (![0, 7, 8, 33, 39].includes(leaf)) await finish(store, tree, leaf);
  const missing: number[] = [];
  for await (const leaf of missingMarkers(store, tree)) missing.push(leaf);
  expect(missing).toEqual([0, 7, 8, 33, 39]);
});

test('repair does the climbing of tasks that died after their marker', async () => {
  const store = createMemoryStore();
  const tree = treeOf(1100);
  for (let leaf = 0; leaf < 1099; leaf++) await writeLeaf(store, tree, leaf, { sum: leaf, first: leaf });
  expect(await repair(store, tree)).toBe(false);
  expect(await readRoot(store, tree, sumSchema)).toBeUndefined();
  await writeLeaf(store, tree, 1099, { sum: 1099, first: 1099 });
  expect(await repair(store, tree)).toBe(true);
  expect(await readRoot(store, tree, sumSchema)).toEqual({ sum: (1100 * 1099) / 2, first: 0 });
  expect(await repair(store, tree)).toBe(true);
});
