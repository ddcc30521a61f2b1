/**
 * Knowing that all of many tasks are done, without a counter: a tree of marker objects. Whoever completes a group of
 * markers writes the marker one level up; whoever writes the root starts the next stage. Every step may be repeated.
 */

import * as z from 'zod';
import { RetryableError } from '../errors/retryable-error.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createJsonOnce, readJson } from './json-objects.ts';
import { forEachLimited } from './limited.ts';
import { padded } from './object-names.ts';

/** Small enough that one list call and a few reads see a whole group. */
export const FAN_IN_GROUP = 32;

/** 256 shard markers with four parts each stay well below. */
const MARKER_LIMIT_BYTES = 1024 * 1024;
const READS_AT_ONCE = 8;

export interface FanIn {
  /** Where the markers lie, with a trailing `/`. */
  readonly folder: string;
  /** How many tasks there are. */
  readonly leaves: number;
  /** How many leaves make a group; higher up it is FAN_IN_GROUP. */
  readonly firstGroup: number;
  /**
   * The content of a marker at `level` (1 or higher) from the content of its children, in order. Depends on them alone,
   * because two workers may do it at once and the first to write wins.
   */
  merge(level: number, children: readonly unknown[]): unknown;
}

/** The name of a marker; level 0 are the leaves. The markers of one group, and no others, share a prefix. */
export function markerName(tree: FanIn, level: number, index: number): string {
  const group = Math.floor(index / groupSize(tree, level));
  return `${groupFolder(tree, level, group)}${padded(index)}.json`;
}

/** The number of the task or group that the marker of this name stands for. */
export function markerIndex(name: string): number {
  return Number(name.slice(name.lastIndexOf('/') + 1, -'.json'.length));
}

/** How many groups of leaves there are: the markers of level 1. */
export function firstGroupCount(tree: FanIn): number {
  return Math.ceil(tree.leaves / tree.firstGroup);
}

/** Writes the marker of a finished leaf; false when another worker's marker was there first. */
export function writeLeaf(store: ObjectStore, tree: FanIn, leaf: number, content: unknown): Promise<boolean> {
  return createJsonOnce(store, markerName(tree, 0, leaf), content);
}

/**
 * From a leaf whose marker exists, writes the markers of all groups it completes. True when the root exists: the caller
 * then starts the next stage (maybe not as the only one).
 */
export async function climb(store: ObjectStore, tree: FanIn, leaf: number): Promise<boolean> {
  const counts = levelCounts(tree);
  let index = leaf;
  for (let level = 0; level < counts.length - 1; level++) {
    index = Math.floor(index / groupSize(tree, level));
    if (!(await completeGroup(store, tree, level, index))) return false;
  }
  return true;
}

/**
 * What climb does, for the whole tree: completes every group that can be completed, for when the task that should have
 * done it is lost. True when the root exists.
 */
export async function repair(store: ObjectStore, tree: FanIn): Promise<boolean> {
  const counts = levelCounts(tree);
  let complete = true;
  for (let level = 0; level < counts.length - 1; level++) {
    complete = true;
    for await (const group of missingMarkers(store, tree, level + 1)) {
      if (!(await completeGroup(store, tree, level, group))) complete = false;
    }
  }
  return complete;
}

/** The indices at `level` that have no marker yet, ascending; one list, nothing kept. */
export async function* missingMarkers(store: ObjectStore, tree: FanIn, level = 0): AsyncIterable<number> {
  const count = levelCounts(tree)[level] ?? 0;
  let next = 0;
  for await (const { name } of store.list(`${tree.folder}${level}/`)) {
    const index = markerIndex(name);
    for (; next < index; next++) yield next;
    next = index + 1;
  }
  for (; next < count; next++) yield next;
}

/** The content of the marker that exists once everything is done; undefined until then. */
export function readRoot<T>(store: ObjectStore, tree: FanIn, schema: z.ZodType<T>): Promise<T | undefined> {
  return readMarker(store, tree, { level: levelCounts(tree).length - 1, index: 0, schema });
}

/** The content of the marker; undefined when it does not exist. */
export function readMarker<T>(
  store: ObjectStore,
  tree: FanIn,
  at: { level: number; index: number; schema: z.ZodType<T> },
): Promise<T | undefined> {
  const name = markerName(tree, at.level, at.index);
  return readJson(store, name, { schema: at.schema, limitBytes: MARKER_LIMIT_BYTES });
}

/** The markers of level 1 in order, one at a time. Throws a RetryableError ('stage-incomplete') when one is missing. */
export async function* readFirstGroups<T>(
  store: ObjectStore,
  tree: FanIn,
  schema: z.ZodType<T>,
): AsyncIterable<T> {
  for (let index = 0; index < firstGroupCount(tree); index++) {
    const content = await readMarker(store, tree, { level: 1, index, schema });
    if (content === undefined) throw missing(markerName(tree, 1, index));
    yield content;
  }
}

/** Writes the marker over this group of `level` if all its markers exist. False when one is missing. */
async function completeGroup(
  store: ObjectStore,
  tree: FanIn,
  level: number,
  group: number,
): Promise<boolean> {
  const parent = markerName(tree, level + 1, group);
  if ((await store.stat(parent)) !== undefined) return true;
  const size = groupSize(tree, level);
  const expected = Math.min(size, (levelCounts(tree)[level] ?? 0) - group * size);
  let found = 0;
  for await (const _ of store.list(groupFolder(tree, level, group))) found++;
  if (found < expected) return false;
  const children = Array.from<unknown>({ length: expected });
  await forEachLimited(children.keys(), READS_AT_ONCE, async (child) => {
    const index = group * size + child;
    const content = await readMarker(store, tree, { level, index, schema: z.unknown() });
    if (content === undefined) throw missing(markerName(tree, level, index));
    children[child] = content;
  });
  await createJsonOnce(store, parent, tree.merge(level + 1, children));
  return true;
}

/** How many markers each level has, from the leaves to the root. There is always a level above the leaves. */
function levelCounts(tree: FanIn): number[] {
  const counts = [tree.leaves, firstGroupCount(tree)];
  for (let count = firstGroupCount(tree); count > 1; ) {
    count = Math.ceil(count / FAN_IN_GROUP);
    counts.push(count);
  }
  return counts;
}

function groupSize(tree: FanIn, level: number): number {
  return level === 0 ? tree.firstGroup : FAN_IN_GROUP;
}

function groupFolder(tree: FanIn, level: number, group: number): string {
  return `${tree.folder}${level}/${padded(group)}/`;
}

function missing(name: string): RetryableError {
  return new RetryableError('stage-incomplete', `${name} is missing`);
}
