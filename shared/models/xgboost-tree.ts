/** One tree of an XGBoost model, checked node by node: a hostile file must not hang or misread. */

import { TerminalError } from '../errors/terminal-error.ts';
import type { TreeColumns } from './forest.ts';

/** Deeper than any useful tree; TreeSHAP takes memory with the square of the depth. */
const MAX_DEPTH = 256;

/** @param number the tree's, for messages. Throws a TerminalError ('model-invalid') naming it and what is wrong. */
export function readTree(raw: unknown, number: number, featureCount: number): TreeColumns {
  const tree = new TreeReader(raw, number);
  const left = tree.integers('left_children');
  const nodeCount = left.length;
  if (nodeCount === 0) throw tree.invalid('has no nodes');
  const right = tree.integers('right_children', nodeCount);
  const feature = tree.integers('split_indices', nodeCount);
  const missingLeft = tree.integers('default_left', nodeCount);
  const value = tree.thresholds(nodeCount);
  tree.refuseVectorLeaves();
  const splits = reachableSplits(left, right, tree);
  for (let node = 0; node < nodeCount; node++) {
    // Pruned nodes stay in the file with whatever they held.
    const index = splits.has(node) ? (feature[node] ?? -1) : 0;
    if (index < 0 || index >= featureCount) throw tree.invalid(`node ${node} splits on feature ${index}`);
    feature[node] = index;
  }
  return {
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    feature: Int32Array.from(feature),
    value: Float32Array.from(value),
    cover: tree.covers(nodeCount),
    missingLeft: Uint8Array.from(missingLeft, (direction) => (direction === 0 ? 0 : 1)),
    categories: tree.categories(nodeCount, splits),
    depth: deepest(splits),
  };
}

function deepest(splits: ReadonlyMap<number, number>): number {
  let deepest = 0;
  for (const depth of splits.values()) deepest = Math.max(deepest, depth);
  return deepest;
}

/**
 * Walks from the root. Each node may be met once, so what is left is a tree: a walk down it ends. Returns its splits, each
 * with the depth of its children.
 */
function reachableSplits(
  left: readonly number[],
  right: readonly number[],
  tree: TreeReader,
): ReadonlyMap<number, number> {
  const depths = new Map([[0, 0]]);
  const splits = new Map<number, number>();
  for (const [node, depth] of depths) {
    const children = [left[node] ?? -1, right[node] ?? -1];
    if (children.every((child) => child === -1)) continue;
    if (depth === MAX_DEPTH) throw tree.invalid(`is deeper than ${MAX_DEPTH} splits`);
    splits.set(node, depth + 1);
    for (const child of children) {
      if (child < 0 || child >= left.length) throw tree.invalid(`node ${node} has a child ${child}`);
      if (depths.has(child)) throw tree.invalid(`node ${child} is reached twice`);
      depths.set(child, depth + 1);
    }
  }
  return splits;
}

/** Columns of a tree by XGBoost's names. By hand and not by zod: a model has hundreds of thousands of these numbers. */
class TreeReader {
  readonly #columns: Readonly<Record<string, unknown>>;
  readonly #number: number;

  constructor(raw: unknown, number: number) {
    this.#number = number;
    if (typeof raw !== 'object' || raw === null) throw this.invalid('is not an object');
    this.#columns = { ...raw };
  }

  invalid(what: string): TerminalError {
    return new TerminalError('model-invalid', `XGBoost model: tree ${this.#number} ${what}`);
  }

  /** A copy of the column, of finite float32 numbers; booleans (older versions) count as 0 and 1. */
  numbers(name: string, length?: number): number[] {
    const column = this.#columns[name];
    return toNumbers(column, name, length, this);
  }

  /** A categorical split has none, and null (or NaN, see withoutNaN) instead. */
  thresholds(nodeCount: number): number[] {
    const types = this.#columns['split_type'];
    const column = this.#columns['split_conditions'];
    if (!Array.isArray(types) || !Array.isArray(column)) return this.numbers('split_conditions', nodeCount);
    const filled = column.map((cell: unknown, node) => (cell === null && types[node] === 1 ? 0 : cell));
    return toNumbers(filled, 'split_conditions', nodeCount, this);
  }

  integers(name: string, length?: number): number[] {
    const column = this.numbers(name, length);
    if (!column.every((number) => Number.isInteger(number))) throw this.invalid(`has fractions in ${name}`);
    return column;
  }

  /** Only explanations need them: a model stripped of its statistics still predicts. */
  covers(nodeCount: number): Float32Array {
    if (this.#columns['sum_hessian'] === undefined) return new Float32Array(nodeCount).fill(Number.NaN);
    return Float32Array.from(this.numbers('sum_hessian', nodeCount));
  }

  /** The categories that go right, of each categorical split. */
  categories(nodeCount: number, splits: ReadonlyMap<number, number>): Map<number, ReadonlySet<number>> {
    const sets = new Map<number, ReadonlySet<number>>();
    if (this.#columns['categories_nodes'] !== undefined) {
      const nodes = this.integers('categories_nodes');
      const begins = this.integers('categories_segments', nodes.length);
      const sizes = this.integers('categories_sizes', nodes.length);
      const all = this.integers('categories');
      for (const [at, node] of nodes.entries()) {
        const begin = begins[at] ?? -1;
        const end = begin + (sizes[at] ?? -1);
        if (begin < 0 || end < begin || end > all.length || sets.has(node)) {
          throw this.invalid(`has no sound categories of node ${node}`);
        }
        sets.set(node, new Set(all.slice(begin, end)));
      }
    }
    const types = this.#columns['split_type'] === undefined ? [] : this.integers('split_type', nodeCount);
    for (const node of splits.keys()) {
      if ((types[node] ?? 0) !== (sets.has(node) ? 1 : 0)) {
        throw this.invalid(`does not say whether the split of node ${node} is categorical`);
      }
    }
    return sets;
  }

  /** They would be read as plain leaves, and give wrong predictions. */
  refuseVectorLeaves(): void {
    const parameters = this.#columns['tree_param'];
    const size =
      typeof parameters === 'object' && parameters !== null && 'size_leaf_vector' in parameters
        ? Number(parameters.size_leaf_vector)
        : 0;
    // 0 in versions before 2, 1 since: both are a single weight.
    if (size !== 0 && size !== 1) throw this.invalid('is not supported: it has vectors at its leaves');
  }
}

function toNumbers(column: unknown, name: string, length: number | undefined, tree: TreeReader): number[] {
  if (!Array.isArray(column)) throw tree.invalid(`has no list ${name}`);
  if (length !== undefined && column.length !== length) {
    throw tree.invalid(`has ${column.length} ${name} for ${length} nodes`);
  }
  return column.map((cell: unknown) => {
    const number = typeof cell === 'boolean' ? Number(cell) : cell;
    if (typeof number !== 'number' || !Number.isFinite(Math.fround(number))) {
      throw tree.invalid(`has a cell of ${name} that is no finite number`);
    }
    return number;
  });
}
