/** Evaluates a forest as XGBoost does, in float32 throughout: one rounding elsewhere can send a value down the other branch. */

import { CHILD, type Forest, LEAF, NODE_WORDS, SPLIT, type TreeNodes, VALUE } from './forest.ts';
import { cellsOfRow, toCells } from './row-cells.ts';

/** Walks taken in step: the memory fetches of one hide behind those of the others. */
const LANES = 32;

/**
 * The sum of the leaves and the base score of each class, in the order of the trees, as XGBoost's `output_margin`.
 * @param row one float32 for each feature; NaN = missing.
 */
export function predictMargins(forest: Forest, row: Float32Array): Float32Array {
  const { roots, treeClass } = forest;
  const cells = toCells([row], forest.featureNames.length);
  const margins = forest.baseMargins.slice();
  const nodes = new Int32Array(LANES);
  for (let first = 0; first < roots.length; first += LANES) {
    const count = Math.min(LANES, roots.length - first);
    for (let lane = 0; lane < count; lane++) nodes[lane] = roots[first + lane] as number;
    walkToLeaves(forest, { nodes, count, cells, begin: 0, stride: 0 });
    for (let lane = 0; lane < count; lane++) {
      const at = treeClass[first + lane] as number;
      margins[at] = (margins[at] as number) + weightOf(forest, nodes[lane] as number);
    }
  }
  return margins;
}

/** The same of many rows, which walk down each tree together: it is fetched once for all of them. */
export function predictBatchMargins(forest: Forest, rows: readonly Float32Array[]): Float32Array[] {
  const { baseMargins, featureNames, roots, treeClass } = forest;
  const cells = toCells(rows, featureNames.length);
  const stride = cellsOfRow(featureNames.length);
  const margins = rows.map(() => baseMargins.slice());
  const nodes = new Int32Array(LANES);
  for (let tree = 0; tree < roots.length; tree++) {
    const at = treeClass[tree] as number;
    for (let first = 0; first < rows.length; first += LANES) {
      const count = Math.min(LANES, rows.length - first);
      for (let lane = 0; lane < count; lane++) nodes[lane] = roots[tree] as number;
      walkToLeaves(forest, { nodes, count, cells, begin: first * stride, stride });
      for (let lane = 0; lane < count; lane++) {
        const ofRow = margins[first + lane] as Float32Array;
        ofRow[at] = (ofRow[at] as number) + weightOf(forest, nodes[lane] as number);
      }
    }
  }
  return margins;
}

/**
 * What XGBoost's `predict` makes of margins: a probability for logistic objectives, one for each class of a multi-class
 * model (also where XGBoost itself would give the number of the greatest, multi:softmax), the margin of a regression.
 */
export function toPredictions({ objective }: Pick<Forest, 'objective'>, margins: Float32Array): Float32Array {
  if (objective === 'reg:squarederror') return margins;
  return objective.startsWith('multi:') ? softmax(margins) : margins.map(sigmoid);
}

interface Walks {
  /** Where each begins; becomes the leaf it comes to. */
  readonly nodes: Int32Array;
  readonly count: number;
  readonly cells: Float32Array;
  /** The first cell of the first walk's row, and how much further that of the next is: 0 where all are of one row. */
  readonly begin: number;
  readonly stride: number;
}

function walkToLeaves(forest: Forest, { nodes, count, cells, begin, stride }: Walks): void {
  const { words, values } = forest;
  for (let walking = true; walking; ) {
    walking = false;
    for (let lane = 0, row = begin; lane < count; lane++, row += stride) {
      const node = nodes[lane] as number;
      const word = node * NODE_WORDS;
      const child = words[word + CHILD] as number;
      if (child === LEAF) continue;
      const split = words[word + SPLIT] as number;
      // As stepOf, with what it looks up in the forest looked up once: measured a tenth faster.
      const step =
        split < 0
          ? stepOf(forest, node, cells, row)
          : Number((cells[row + split] as number) >= (values[word + VALUE] as number));
      nodes[lane] = child + step;
      walking = true;
    }
  }
}

function weightOf({ values }: TreeNodes, leaf: number): number {
  return values[leaf * NODE_WORDS + VALUE] as number;
}

/** 0 where the row whose cells begin at `begin` goes to the left child of a split, 1 to the right one. */
export function stepOf(
  { words, values, categories }: TreeNodes,
  node: number,
  cells: Float32Array,
  begin: number,
): number {
  const word = node * NODE_WORDS;
  const split = words[word + SPLIT] as number;
  if (split < 0) return categoryStep(categories.get(node), cells[begin + ~split] as number);
  // A sum and no branch, which a processor would guess wrong half the time. The model's reader has checked every index.
  return Number((cells[begin + split] as number) >= (values[word + VALUE] as number));
}

/** XGBoost sends a category that it has not met to the left, and truncates one that is not whole. */
function categoryStep(goingRight: ReadonlySet<number> | undefined, x: number): number {
  // A missing value; XGBoost takes no infinite one.
  if (x === Number.POSITIVE_INFINITY) return 1;
  return x >= 0 && goingRight?.has(Math.trunc(x)) === true ? 1 : 0;
}

/** e^88.7 is just below the greatest float32: XGBoost stops the exponential short of infinity at the same place. */
const MAX_EXPONENT = Math.fround(88.7);

function sigmoid(margin: number): number {
  const exponential = Math.fround(Math.exp(Math.min(-margin, MAX_EXPONENT)));
  return Math.fround(1 / Math.fround(1 + exponential));
}

function softmax(margins: Float32Array): Float32Array {
  const greatest = margins.reduce((most, margin) => Math.max(most, margin), Number.NEGATIVE_INFINITY);
  const powers = margins.map((margin) => Math.exp(Math.fround(margin - greatest)));
  const sum = Math.fround(powers.reduce((total, power) => total + power, 0));
  return powers.map((power) => power / sum);
}
