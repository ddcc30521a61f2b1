/** One tree of an XGBoost model, checked node by node and appended to the forest: a hostile file must not hang or misread. */

import { TerminalError } from '../errors/terminal-error.ts';

/** Growing columns of all trees so far; see Forest. */
export interface ForestBuilder {
  readonly roots: number[];
  readonly left: number[];
  readonly right: number[];
  readonly feature: number[];
  readonly value: number[];
  readonly missingLeft: number[];
}

export function newForestBuilder(): ForestBuilder {
  return { roots: [], left: [], right: [], feature: [], value: [], missingLeft: [] };
}

/** Throws a TerminalError ('model-invalid') naming the tree and what is wrong with it. */
export function appendTree(builder: ForestBuilder, raw: unknown, featureCount: number): void {
  const offset = builder.left.length;
  const tree = new TreeReader(raw, builder.roots.length);
  const left = tree.integers('left_children');
  const nodeCount = left.length;
  if (nodeCount === 0) throw tree.invalid('has no nodes');
  const right = tree.integers('right_children', nodeCount);
  const feature = tree.integers('split_indices', nodeCount);
  const missingLeft = tree.integers('default_left', nodeCount);
  const value = tree.numbers('split_conditions', nodeCount);
  tree.refuseUnsupported();
  for (const node of reachable(left, right, tree)) {
    const splits = left[node] !== -1;
    const index = splits ? (feature[node] ?? -1) : 0;
    if (index < 0 || index >= featureCount) throw tree.invalid(`node ${node} splits on feature ${index}`);
    feature[node] = index;
  }
  builder.roots.push(offset);
  for (let node = 0; node < nodeCount; node++) {
    builder.left.push(shift(left[node], offset));
    builder.right.push(shift(right[node], offset));
    builder.feature.push(feature[node] ?? 0);
    builder.value.push(value[node] ?? 0);
    builder.missingLeft.push(missingLeft[node] === 0 ? 0 : 1);
  }
}

function shift(child: number | undefined, offset: number): number {
  return child === undefined || child === -1 ? -1 : child + offset;
}

/** Walks from the root. Each node may be met once, so what is left is a tree: a walk down it ends. */
function reachable(left: readonly number[], right: readonly number[], tree: TreeReader): Set<number> {
  const met = new Set([0]);
  for (const node of met) {
    const children = [left[node] ?? -1, right[node] ?? -1];
    if (children.every((child) => child === -1)) continue;
    for (const child of children) {
      if (child < 0 || child >= left.length) throw tree.invalid(`node ${node} has a child ${child}`);
      if (met.has(child)) throw tree.invalid(`node ${child} is reached twice`);
      met.add(child);
    }
  }
  return met;
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
    if (!Array.isArray(column)) throw this.invalid(`has no list ${name}`);
    if (length !== undefined && column.length !== length) {
      throw this.invalid(`has ${column.length} ${name} for ${length} nodes`);
    }
    return column.map((cell: unknown) => {
      const number = typeof cell === 'boolean' ? Number(cell) : cell;
      if (typeof number !== 'number' || !Number.isFinite(Math.fround(number))) {
        throw this.invalid(`has a cell of ${name} that is no finite number`);
      }
      return number;
    });
  }

  integers(name: string, length?: number): number[] {
    const column = this.numbers(name, length);
    if (!column.every((number) => Number.isInteger(number))) throw this.invalid(`has fractions in ${name}`);
    return column;
  }

  /** Both would be read as plain splits and plain leaves, and give wrong predictions. */
  refuseUnsupported(): void {
    const splitTypes = this.#columns['split_type'];
    const categorical = this.#columns['categories_nodes'];
    if (
      (Array.isArray(splitTypes) && splitTypes.some((type) => type !== 0)) ||
      (Array.isArray(categorical) && categorical.length > 0)
    ) {
      throw this.invalid('is not supported: it has categorical splits');
    }
    const parameters = this.#columns['tree_param'];
    const size =
      typeof parameters === 'object' && parameters !== null && 'size_leaf_vector' in parameters
        ? Number(parameters.size_leaf_vector)
        : 0;
    // 0 in versions before 2, 1 since: both are a single weight.
    if (size !== 0 && size !== 1) throw this.invalid('is not supported: it has vectors at its leaves');
  }
}
