/** Exact TreeSHAP, path-dependent, as XGBoost's pred_contribs: how much each input moves the margin away from the mean. */

import { CHILD, type Forest, LEAF, NODE_WORDS, SPLIT, VALUE } from './forest.ts';
import { featureOf, toCells } from './row-cells.ts';
import { ShapPaths } from './shap-path.ts';
import { stepOf } from './tree-walker.ts';

export interface Explanation {
  /** The margin of the average training row: where the sum of the contributions begins. */
  readonly bias: number;
  /** One for each feature; with the bias they add up to the margin. */
  readonly contributions: Float64Array;
}

/** Explains rows of one forest; it holds the means of the trees and room for one row, so use it for one row at a time. */
export interface Explainer {
  /** @param classNumber of a multi-class model; else 0. */
  explain(row: Float32Array, classNumber?: number): Explanation;
}

/** Undefined where the model was saved without its statistics, which explanations need. */
export function createExplainer(forest: Forest): Explainer | undefined {
  if (forest.cover.some((cover) => !(cover >= 0))) return undefined;
  const means = Float64Array.from(forest.roots, (root) => meanOf(forest, root));
  const paths = new ShapPaths(forest.depth);
  return {
    explain(row, classNumber = 0) {
      const contributions = new Float64Array(forest.featureNames.length);
      const cells = toCells([row], forest.featureNames.length);
      const on = { forest, cells, contributions, paths };
      let bias = forest.baseMargins[classNumber] ?? 0;
      for (const [tree, root] of forest.roots.entries()) {
        if (forest.treeClass[tree] !== classNumber) continue;
        bias += means[tree] as number;
        if (childOf(forest, root) !== LEAF) walk(on, root, 0, 0, 1, 1, -1);
      }
      return { bias, contributions };
    },
  };
}

function childOf({ words }: Forest, node: number): number {
  return words[node * NODE_WORDS + CHILD] as number;
}

function weightOf({ values }: Forest, leaf: number): number {
  return values[leaf * NODE_WORDS + VALUE] as number;
}

/** What a tree answers on average over its training rows. */
function meanOf(forest: Forest, node: number): number {
  const left = childOf(forest, node);
  if (left === LEAF) return weightOf(forest, node);
  const right = left + 1;
  return (
    shareOf(forest, left, node) * meanOf(forest, left) + shareOf(forest, right, node) * meanOf(forest, right)
  );
}

/** Share of the training rows at a node that went to its child; halves where no row came. */
function shareOf(forest: Forest, child: number, node: number): number {
  const cover = forest.cover[node] as number;
  return cover === 0 ? 0.5 : (forest.cover[child] as number) / cover;
}

interface Walk {
  readonly forest: Forest;
  readonly cells: Float32Array;
  readonly contributions: Float64Array;
  readonly paths: ShapPaths;
}

/**
 * Lundberg and others, "Consistent Individualized Feature Attribution for Tree Ensembles", algorithm 2. The path to a
 * node lies at `begin` in the columns of `paths` and has `length` entries; each level of the walk has a copy of its own.
 */
function walk(
  on: Walk,
  node: number,
  begin: number,
  length: number,
  zero: number,
  one: number,
  feature: number,
): void {
  // No row comes here, known or unknown: nothing below has a weight.
  if (zero === 0 && one === 0) return;
  const { forest, paths, cells } = on;
  paths.extend(begin, length, zero, one, feature);
  const left = childOf(forest, node);
  if (left === LEAF) {
    addLeaf(on, begin, length, weightOf(forest, node));
    return;
  }
  const cell = forest.words[node * NODE_WORDS + SPLIT] as number;
  const split = featureOf(cell < 0 ? ~cell : cell);
  const hot = left + stepOf(forest, node, cells, 0);
  const cold = hot === left ? left + 1 : left;
  let last = length;
  let earlierZero = 1;
  let earlierOne = 1;
  const earlier = paths.find(begin, length, split);
  if (earlier !== -1) {
    earlierZero = paths.zero[earlier] as number;
    earlierOne = paths.one[earlier] as number;
    paths.unwind(begin, length, earlier - begin);
    last--;
  }
  const next = begin + length + 1;
  paths.copy(begin, last, next);
  walk(on, hot, next, last + 1, earlierZero * shareOf(forest, hot, node), earlierOne, split);
  paths.copy(begin, last, next);
  walk(on, cold, next, last + 1, earlierZero * shareOf(forest, cold, node), 0, split);
}

/** What the row does not follow takes all of its share away, so one sum does for all such entries. */
function addLeaf({ paths, contributions }: Walk, begin: number, length: number, weight: number): void {
  const cold = paths.sumWithoutCold(begin, length) * weight;
  for (let at = begin + 1; at <= begin + length; at++) {
    const feature = paths.feature[at] as number;
    const zero = paths.zero[at] as number;
    const added =
      paths.one[at] === 0 ? -cold : paths.sumWithoutHot(begin, length, zero) * (1 - zero) * weight;
    contributions[feature] = (contributions[feature] as number) + added;
  }
}
