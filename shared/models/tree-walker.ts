/** Evaluates a forest as XGBoost does, in float32 throughout: one rounding elsewhere can send a value down the other branch. */

import type { Forest } from './xgboost-model.ts';

/**
 * The sum of the leaves and the base score, in the order of the trees, as XGBoost's `output_margin`.
 * @param row one float32 for each feature; NaN = missing.
 */
export function predictMargin(forest: Forest, row: Float32Array): number {
  const { roots, value } = forest;
  let margin = forest.baseMargin;
  for (let tree = 0; tree < roots.length; tree++) {
    const leaf = findLeaf(forest, at(roots, tree), row);
    margin = Math.fround(margin + at(value, leaf));
  }
  return margin;
}

/** What XGBoost's `predict` makes of a margin: a probability for binary:logistic, the margin itself for a regression. */
export function marginToPrediction(forest: Forest, margin: number): number {
  if (forest.objective !== 'binary:logistic') return margin;
  // XGBoost stops the exponential short of infinity at the same place.
  const exponential = Math.fround(Math.exp(Math.min(-margin, MAX_EXPONENT)));
  return Math.fround(1 / Math.fround(1 + exponential));
}

/** e^88.7 is just below the greatest float32. */
const MAX_EXPONENT = Math.fround(88.7);

function findLeaf(
  { left, right, feature, value, missingLeft }: Forest,
  root: number,
  row: Float32Array,
): number {
  let node = root;
  while (at(left, node) !== -1) {
    const x = at(row, at(feature, node));
    const goesLeft = Number.isNaN(x) ? at(missingLeft, node) === 1 : x < at(value, node);
    node = goesLeft ? at(left, node) : at(right, node);
  }
  return node;
}

/** An index that the reader of the model has checked; typed arrays cannot tell the compiler so. */
function at(array: Int32Array | Float32Array | Uint8Array, index: number): number {
  return array[index] as number;
}
