/** All trees of a model in two arrays: 16 bytes a node, of which a prediction reads 12, side by side. */

/** What the trees' sum becomes, by XGBoost's name of the objective. */
export const OBJECTIVES = [
  'binary:logistic',
  'reg:logistic',
  'reg:squarederror',
  'multi:softprob',
  'multi:softmax',
] as const;
export type Objective = (typeof OBJECTIVES)[number];

/** A node is so many words: its split, its left child, its threshold or weight. */
export const NODE_WORDS = 3;
/** Word 0: which cell of a row the split looks at, see row-cells.ts; its bits inverted where the split is categorical. */
export const SPLIT = 0;
/** Word 1: the number of the left child; the right one is the next. No child is node 0, so that is a leaf. */
export const CHILD = 1;
export const LEAF = 0;
/** Word 2, a float: the threshold of a split, the weight of a leaf. */
export const VALUE = 2;

/** Nodes in records, the children of a node side by side, breadth first: a way down touches few lines of the cache. */
export interface TreeNodes {
  readonly words: Int32Array;
  /** The same memory as `words`. */
  readonly values: Float32Array;
  /** Sum of the hessians of the training rows that came to a node; NaN where the model does not say. */
  readonly cover: Float32Array;
  /** Categories that go right, by node; empty in a model without categorical splits. */
  readonly categories: ReadonlyMap<number, ReadonlySet<number>>;
}

/** All trees one after the other; node numbers count through the whole forest. Every index has been checked. */
export interface Forest extends TreeNodes {
  readonly objective: Objective;
  readonly featureNames: readonly string[];
  /** Where the sum of the leaves of each class begins: the base score, as a margin. One of them unless multi-class. */
  readonly baseMargins: Float32Array;
  /** Longest way from a root to a leaf, in splits. */
  readonly depth: number;
  /** First node of each tree. */
  readonly roots: Int32Array;
  /** The class that each tree adds to; 0 unless multi-class. */
  readonly treeClass: Int32Array;
}
