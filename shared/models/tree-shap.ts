/** Exact TreeSHAP, path-dependent, as XGBoost's pred_contribs: how much each input moves the margin away from the mean. */

import type { Forest } from './forest.ts';
import { nextNode } from './tree-walker.ts';

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
  const paths = new Paths(forest.depth);
  return {
    explain(row, classNumber = 0) {
      const contributions = new Float64Array(forest.featureNames.length);
      const on = { forest, row, contributions, paths };
      let bias = forest.baseMargins[classNumber] ?? 0;
      for (const [tree, root] of forest.roots.entries()) {
        if (forest.treeClass[tree] !== classNumber) continue;
        bias += means[tree] as number;
        if (forest.left[root] !== -1) walk(on, root, 0, 0, 1, 1, -1);
      }
      return { bias, contributions };
    },
  };
}

/** What a tree answers on average over its training rows. */
function meanOf(forest: Forest, node: number): number {
  const left = forest.left[node] as number;
  if (left === -1) return forest.value[node] as number;
  const right = forest.right[node] as number;
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
  readonly row: Float32Array;
  readonly contributions: Float64Array;
  readonly paths: Paths;
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
  const { forest, paths, row } = on;
  paths.extend(begin, length, zero, one, feature);
  if (forest.left[node] === -1) {
    addLeaf(on, begin, length, forest.value[node] as number);
    return;
  }
  const split = forest.feature[node] as number;
  const hot = nextNode(forest, node, row);
  const left = forest.left[node] as number;
  const cold = hot === left ? (forest.right[node] as number) : left;
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

function addLeaf({ paths, contributions }: Walk, begin: number, length: number, leaf: number): void {
  for (let at = begin + 1; at <= begin + length; at++) {
    const feature = paths.feature[at] as number;
    const difference = (paths.one[at] as number) - (paths.zero[at] as number);
    const weight = paths.unwoundSum(begin, length, at - begin);
    contributions[feature] = (contributions[feature] as number) + weight * difference * leaf;
  }
}

/** Paths of unique features, one after the other, each level's behind the one above it. */
class Paths {
  readonly feature: Int32Array;
  /** Share of rows that flow on where the feature is unknown, and where it is known. */
  readonly zero: Float64Array;
  readonly one: Float64Array;
  /** Weights of the subsets of the path, by their size. */
  readonly weight: Float64Array;

  constructor(depth: number) {
    const size = ((depth + 2) * (depth + 3)) / 2;
    this.feature = new Int32Array(size);
    this.zero = new Float64Array(size);
    this.one = new Float64Array(size);
    this.weight = new Float64Array(size);
  }

  /** Appends an entry at `begin + last`. */
  extend(begin: number, last: number, zero: number, one: number, feature: number): void {
    const { weight } = this;
    this.feature[begin + last] = feature;
    this.zero[begin + last] = zero;
    this.one[begin + last] = one;
    weight[begin + last] = last === 0 ? 1 : 0;
    for (let at = last - 1; at >= 0; at--) {
      const here = weight[begin + at] as number;
      weight[begin + at + 1] = (weight[begin + at + 1] as number) + (one * here * (at + 1)) / (last + 1);
      weight[begin + at] = (zero * here * (last - at)) / (last + 1);
    }
  }

  /** Takes the entry `index` out again. */
  unwind(begin: number, last: number, index: number): void {
    const { weight } = this;
    const one = this.one[begin + index] as number;
    const zero = this.zero[begin + index] as number;
    let next = weight[begin + last] as number;
    for (let at = last - 1; at >= 0; at--) {
      const here = weight[begin + at] as number;
      if (one === 0) {
        weight[begin + at] = (here * (last + 1)) / (zero * (last - at));
      } else {
        const unwound = (next * (last + 1)) / ((at + 1) * one);
        weight[begin + at] = unwound;
        next = here - (unwound * zero * (last - at)) / (last + 1);
      }
    }
    for (let at = begin + index; at < begin + last; at++) {
      this.feature[at] = this.feature[at + 1] as number;
      this.zero[at] = this.zero[at + 1] as number;
      this.one[at] = this.one[at + 1] as number;
    }
  }

  /** The sum of the weights, were the entry `index` taken out. */
  unwoundSum(begin: number, last: number, index: number): number {
    const one = this.one[begin + index] as number;
    const zero = this.zero[begin + index] as number;
    let next = this.weight[begin + last] as number;
    let sum = 0;
    for (let at = last - 1; at >= 0; at--) {
      const here = this.weight[begin + at] as number;
      if (one === 0) {
        if (zero !== 0) sum += (here * (last + 1)) / (zero * (last - at));
      } else {
        const unwound = (next * (last + 1)) / ((at + 1) * one);
        sum += unwound;
        next = here - (unwound * zero * (last - at)) / (last + 1);
      }
    }
    return sum;
  }

  /** Where a feature stands on the path; -1 = nowhere. The first entry is the root and has none. */
  find(begin: number, last: number, feature: number): number {
    for (let at = begin + 1; at <= begin + last; at++) if (this.feature[at] === feature) return at;
    return -1;
  }

  /** Copies the entries 0 to `last`: by hand, as copyWithin costs more than the few numbers of a path. */
  copy(begin: number, last: number, to: number): void {
    const { feature, zero, one, weight } = this;
    for (let at = 0; at <= last; at++) {
      feature[to + at] = feature[begin + at] as number;
      zero[to + at] = zero[begin + at] as number;
      one[to + at] = one[begin + at] as number;
      weight[to + at] = weight[begin + at] as number;
    }
  }
}
