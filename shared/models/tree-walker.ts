/** Evaluates a forest as XGBoost does, in float32 throughout: one rounding elsewhere can send a value down the other branch. */

import type { Forest } from './forest.ts';

/**
 * The sum of the leaves and the base score of each class, in the order of the trees, as XGBoost's `output_margin`.
 * @param row one float32 for each feature; NaN = missing.
 */
export function predictMargins(forest: Forest, row: Float32Array): Float32Array {
  const { roots, value, treeClass } = forest;
  const margins = forest.baseMargins.slice();
  for (let tree = 0; tree < roots.length; tree++) {
    let node = roots[tree] as number;
    while (forest.left[node] !== -1) node = nextNode(forest, node, row);
    const at = treeClass[tree] as number;
    margins[at] = Math.fround((margins[at] as number) + (value[node] as number));
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

/** The child of a split that this row goes to. Every index has been checked by the reader of the model. */
export function nextNode(forest: Forest, node: number, row: Float32Array): number {
  const x = row[forest.feature[node] as number] as number;
  return goesLeft(forest, node, x) ? (forest.left[node] as number) : (forest.right[node] as number);
}

function goesLeft({ missingLeft, value, categories }: Forest, node: number, x: number): boolean {
  if (Number.isNaN(x)) return missingLeft[node] === 1;
  if (categories.size > 0) {
    const goingRight = categories.get(node);
    // XGBoost sends a category that it has not met to the left, and truncates one that is not whole.
    if (goingRight !== undefined) return x < 0 || !goingRight.has(Math.trunc(x));
  }
  return x < (value[node] as number);
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
