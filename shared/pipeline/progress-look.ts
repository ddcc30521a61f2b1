/** How much of a fan-in tree is done, from a bounded number of lists and reads whatever its size. */

import * as z from 'zod';
import type { ObjectStore } from '../storage/object-store.ts';
import { FAN_IN_GROUP, type FanIn, firstGroupCount, markerIndex, markerName, readMarker } from './fan-in.ts';
import { forEachLimited } from './limited.ts';

/** One page of a list: a level of at most this many markers is listed whole. */
const LEVEL_LIST_LIMIT = 1000;
/** Below such a level, only the groups where work goes on are listed: at most this many a look. */
const GROUP_LISTS_LIMIT = 16;
/** Tasks are handed out about in order: after this many groups without a marker there is nothing more to find. */
const EMPTY_GROUPS_IN_A_ROW = 3;
/** Markers read in one look for their counts; they never change, so the next look reads others. */
const READS_LIMIT = 48;
const READS_AT_ONCE = 8;

/** Only what is counted here: the rest of a marker is the stages' business. */
const countsSchema = z.object({ counts: z.object({ failed: z.int().min(0) }) });

/** Finished tasks, from `first` up to and without `end`. */
export interface LeafRange {
  readonly first: number;
  readonly end: number;
}

export interface TreeLook {
  /**
   * Finished tasks, ascending. Of a stage of more than 1,000 tasks a few that finished far out of order may be missing:
   * they are seen once their group is complete.
   */
  readonly done: readonly LeafRange[];
  /** Records left out so far, of the markers that were read. */
  readonly failed: number;
  /** False while markers are left to read: `failed` is too low until then. */
  readonly isFailedExact: boolean;
}

interface Node {
  readonly level: number;
  readonly index: number;
}

/** @param known the counts of markers read in earlier looks, by name; brought up to date, and no larger than the look needs. */
export async function lookAtTree(
  store: ObjectStore,
  tree: FanIn,
  known: Map<string, number> | undefined,
): Promise<TreeLook> {
  const cover = await findCover(store, tree);
  const done = cover.map((node) => leavesOf(tree, node)).sort((a, b) => a.first - b.first);
  if (known === undefined) return { done, failed: 0, isFailedExact: false };
  const nameOf = ({ level, index }: Node) => markerName(tree, level, index);
  const names = new Set(cover.map(nameOf));
  for (const name of known.keys()) if (!names.has(name)) known.delete(name);
  // The highest first: they stand for most.
  const unread = cover.filter((node) => !known.has(nameOf(node))).sort((a, b) => b.level - a.level);
  await forEachLimited(unread.slice(0, READS_LIMIT), READS_AT_ONCE, async (node) => {
    const marker = await readMarker(store, tree, { ...node, schema: countsSchema });
    if (marker !== undefined) known.set(nameOf(node), marker.counts.failed);
  });
  const failed = [...known.values()].reduce((sum, one) => sum + one, 0);
  return { done, failed, isFailedExact: known.size === cover.length };
}

/** The markers that stand for all finished tasks, each task once: the highest there are. */
async function findCover(store: ObjectStore, tree: FanIn): Promise<Node[]> {
  const counts = levelCounts(tree);
  const lowest = counts.findIndex((count) => count <= LEVEL_LIST_LIMIT);
  const cover: Node[] = [];
  let open: number[] = [0];
  for (let level = counts.length - 1; level >= lowest && open.length > 0; level--) {
    const present = await listIndices(store, `${tree.folder}${level}/`);
    for (const index of open) if (present.has(index)) cover.push({ level, index });
    const unfinished = open.filter((index) => !present.has(index));
    if (level === lowest) {
      await descend(store, tree, { level, open: unfinished, budget: { lists: GROUP_LISTS_LIMIT }, cover });
    } else {
      open = unfinished.flatMap((index) => childrenOf(tree, { level, index }));
    }
  }
  return cover;
}

/** Adds what is finished below unfinished markers, as far as the budget goes. Returns whether anything was. */
async function descend(
  store: ObjectStore,
  tree: FanIn,
  work: { level: number; open: readonly number[]; budget: { lists: number }; cover: Node[] },
): Promise<boolean> {
  const { level, budget, cover } = work;
  let emptyInARow = 0;
  let found = false;
  if (level === 0) return false;
  for (const index of work.open) {
    if (budget.lists === 0 || emptyInARow === EMPTY_GROUPS_IN_A_ROW) break;
    budget.lists -= 1;
    const children = childrenOf(tree, { level, index });
    const firstName = markerName(tree, level - 1, children[0] ?? 0);
    const present = await listIndices(store, firstName.slice(0, firstName.lastIndexOf('/') + 1));
    for (const child of present) cover.push({ level: level - 1, index: child });
    const open = children.filter((child) => !present.has(child));
    const below = await descend(store, tree, { level: level - 1, open, budget, cover });
    const isEmpty = present.size === 0 && !below;
    emptyInARow = isEmpty ? emptyInARow + 1 : 0;
    found ||= !isEmpty;
  }
  return found;
}

async function listIndices(store: ObjectStore, folder: string): Promise<Set<number>> {
  const indices = new Set<number>();
  for await (const { name } of store.list(folder)) indices.add(markerIndex(name));
  return indices;
}

function childrenOf(tree: FanIn, { level, index }: Node): number[] {
  const size = level === 1 ? tree.firstGroup : FAN_IN_GROUP;
  const first = index * size;
  const end = Math.min(first + size, levelCounts(tree)[level - 1] ?? 0);
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
}

function leavesOf(tree: FanIn, { level, index }: Node): LeafRange {
  const size = level === 0 ? 1 : tree.firstGroup * FAN_IN_GROUP ** (level - 1);
  return { first: index * size, end: Math.min((index + 1) * size, tree.leaves) };
}

/** How many markers each level has, from the leaves to the root. */
function levelCounts(tree: FanIn): number[] {
  const counts = [tree.leaves, firstGroupCount(tree)];
  for (let count = firstGroupCount(tree); count > 1; ) {
    count = Math.ceil(count / FAN_IN_GROUP);
    counts.push(count);
  }
  return counts;
}
