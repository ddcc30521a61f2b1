/** One tree of an XGBoost model as node records, checked node by node: a hostile file must not hang or misread. */

import type { NodeList } from './node-list.ts';
import { cellOf } from './row-cells.ts';
import { XgboostColumns } from './xgboost-columns.ts';

/** Deeper than any useful tree; TreeSHAP takes memory with the square of the depth. */
const MAX_DEPTH = 256;

export interface TreeSource {
  /** What JSON.parse gave. */
  readonly raw: unknown;
  /** For messages. */
  readonly number: number;
  readonly featureCount: number;
}

/** Appends the tree's nodes and returns its depth. Throws a TerminalError ('model-invalid') naming it and what is wrong. */
export function readTree({ raw, number, featureCount }: TreeSource, into: NodeList): number {
  const columns = new XgboostColumns(raw, number);
  const left = columns.integers('left_children');
  const nodeCount = left.length;
  if (nodeCount === 0) throw columns.invalid('has no nodes');
  const right = columns.integers('right_children', nodeCount);
  const feature = columns.integers('split_indices', nodeCount);
  const missingLeft = columns.integers('default_left', nodeCount);
  const value = columns.thresholds(nodeCount);
  const cover = columns.covers(nodeCount);
  columns.refuseVectorLeaves();
  const { order, firstChild, depth } = breadthFirst(left, right, columns);
  const sets = columns.categories(
    nodeCount,
    order.filter((_, at) => firstChild[at] !== undefined),
  );
  const root = into.count;
  for (const [at, node] of order.entries()) {
    const leaf = { value: value[node] ?? Number.NaN, cover: cover?.[node] ?? Number.NaN };
    const child = firstChild[at];
    if (child === undefined) {
      into.append(leaf);
      continue;
    }
    const index = feature[node] ?? -1;
    if (index < 0 || index >= featureCount) throw columns.invalid(`node ${node} splits on feature ${index}`);
    const cell = cellOf(index, missingLeft[node] === 0);
    into.append({ ...leaf, cell, child: root + child, categories: sets.get(node) });
  }
  return depth;
}

/**
 * The nodes that can be reached from the root, level by level, the children of a node side by side; for each split also
 * the place of its left child. A node may be met once, so what is found is a tree: a walk down it ends. What was pruned
 * stays in the file, with whatever it held, and is left out.
 */
function breadthFirst(
  left: readonly number[],
  right: readonly number[],
  columns: XgboostColumns,
): { readonly order: number[]; readonly firstChild: (number | undefined)[]; readonly depth: number } {
  const order = [0];
  const depths = [0];
  const met = new Set(order);
  const firstChild: (number | undefined)[] = [];
  for (const [at, node] of order.entries()) {
    const children = [left[node] ?? -1, right[node] ?? -1];
    const isLeaf = children.every((child) => child === -1);
    firstChild.push(isLeaf ? undefined : order.length);
    if (isLeaf) continue;
    const depth = depths[at] ?? 0;
    if (depth === MAX_DEPTH) throw columns.invalid(`is deeper than ${MAX_DEPTH} splits`);
    for (const child of children) {
      if (child < 0 || child >= left.length) throw columns.invalid(`node ${node} has a child ${child}`);
      if (met.has(child)) throw columns.invalid(`node ${child} is reached twice`);
      met.add(child);
      order.push(child);
      depths.push(depth + 1);
    }
  }
  return { order, firstChild, depth: depths.at(-1) ?? 0 };
}
