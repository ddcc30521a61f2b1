/** The columns of one tree by XGBoost's names, checked. By hand and not by zod: a model has hundreds of thousands of numbers. */

import { TerminalError } from '../errors/terminal-error.ts';

export class XgboostColumns {
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
  covers(nodeCount: number): number[] | undefined {
    return this.#columns['sum_hessian'] === undefined ? undefined : this.numbers('sum_hessian', nodeCount);
  }

  /** The categories that go right, of each categorical split. @param splits nodes that have children. */
  categories(nodeCount: number, splits: readonly number[]): Map<number, ReadonlySet<number>> {
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
    for (const node of splits) {
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

function toNumbers(
  column: unknown,
  name: string,
  length: number | undefined,
  tree: XgboostColumns,
): number[] {
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
