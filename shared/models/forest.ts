/** All trees of a model in typed arrays: 21 bytes a node. Columns, as nodes of four numbers side by side were measured to be no faster. */

/** What the trees' sum becomes, by XGBoost's name of the objective. */
export const OBJECTIVES = [
  'binary:logistic',
  'reg:logistic',
  'reg:squarederror',
  'multi:softprob',
  'multi:softmax',
] as const;
export type Objective = (typeof OBJECTIVES)[number];

/** All trees one after the other; node numbers count through the whole forest. Every index has been checked. */
export interface Forest {
  readonly objective: Objective;
  readonly featureNames: readonly string[];
  /** Where the sum of the leaves of each class begins: the base score, as a margin. One of them unless multi-class. */
  readonly baseMargins: Float32Array;
  /** First node of each tree. */
  readonly roots: Int32Array;
  /** The class that each tree adds to; 0 unless multi-class. */
  readonly treeClass: Int32Array;
  /** Longest way from a root to a leaf, in splits. */
  readonly depth: number;
  /** Child nodes; -1 in both at a leaf. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Feature of the split; 0 at a leaf. */
  readonly feature: Int32Array;
  /** Threshold of the split, or the leaf's weight. */
  readonly value: Float32Array;
  /** Sum of the hessians of the training rows that came here; NaN where the model does not say. */
  readonly cover: Float32Array;
  /** 1 where a missing value goes left. */
  readonly missingLeft: Uint8Array;
  /** Categories that go right, by node; empty in a model without categorical splits. */
  readonly categories: ReadonlyMap<number, ReadonlySet<number>>;
}

/** One tree, its nodes numbered from its root; see Forest. */
export interface TreeColumns {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly feature: Int32Array;
  readonly value: Float32Array;
  readonly cover: Float32Array;
  readonly missingLeft: Uint8Array;
  readonly categories: ReadonlyMap<number, ReadonlySet<number>>;
  readonly depth: number;
}

/** Joins trees, one column after the other, so that the peak is the forest and one column. */
export function joinTrees(
  trees: readonly TreeColumns[],
): Omit<Forest, 'objective' | 'featureNames' | 'baseMargins' | 'treeClass'> {
  const roots = new Int32Array(trees.length);
  const categories = new Map<number, ReadonlySet<number>>();
  let nodeCount = 0;
  for (const [at, tree] of trees.entries()) {
    roots[at] = nodeCount;
    for (const [node, set] of tree.categories) categories.set(nodeCount + node, set);
    nodeCount += tree.left.length;
  }
  const column = <T extends Int32Array | Float32Array | Uint8Array>(
    joined: T,
    name: 'left' | 'right' | 'feature' | 'value' | 'cover' | 'missingLeft',
  ): T => {
    for (const [at, tree] of trees.entries()) joined.set(tree[name], roots[at]);
    return joined;
  };
  const children = (name: 'left' | 'right'): Int32Array => {
    const joined = column(new Int32Array(nodeCount), name);
    for (const [at, tree] of trees.entries()) {
      const root = roots[at] ?? 0;
      for (let node = root; node < root + tree.left.length; node++) {
        const child = joined[node] ?? -1;
        if (child !== -1) joined[node] = child + root;
      }
    }
    return joined;
  };
  return {
    roots,
    categories,
    depth: trees.reduce((deepest, tree) => Math.max(deepest, tree.depth), 0),
    left: children('left'),
    right: children('right'),
    feature: column(new Int32Array(nodeCount), 'feature'),
    value: column(new Float32Array(nodeCount), 'value'),
    cover: column(new Float32Array(nodeCount), 'cover'),
    missingLeft: column(new Uint8Array(nodeCount), 'missingLeft'),
  };
}
