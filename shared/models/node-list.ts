/** Nodes of a forest as they are read, one tree after the other, in arrays that grow. */

import { CHILD, NODE_WORDS, SPLIT, type TreeNodes, VALUE } from './forest.ts';

const FIRST_CAPACITY = 64;
const GROWTH = 1.5;

/** A leaf has a weight and neither `cell` nor `child`; see forest.ts. */
export interface ReadNode {
  readonly value: number;
  readonly cover: number;
  readonly cell?: number;
  readonly child?: number;
  readonly categories?: ReadonlySet<number> | undefined;
}

/**
 * Not an array for each tree, to be joined: thousands of them leave the heap in pieces, measured as 36 MiB that stay
 * resident beside a forest of 31.
 */
export class NodeList {
  #words = new Int32Array(FIRST_CAPACITY * NODE_WORDS);
  #values = new Float32Array(this.#words.buffer);
  #cover = new Float32Array(FIRST_CAPACITY);
  #count = 0;
  readonly #categories = new Map<number, ReadonlySet<number>>();

  get count(): number {
    return this.#count;
  }

  append({ value, cover, cell = 0, child = 0, categories }: ReadNode): void {
    const node = this.#count++;
    if (node === this.#cover.length) this.#grow();
    const word = node * NODE_WORDS;
    this.#words[word + SPLIT] = categories === undefined ? cell : ~cell;
    this.#words[word + CHILD] = child;
    this.#values[word + VALUE] = value;
    this.#cover[node] = cover;
    if (categories !== undefined) this.#categories.set(node, categories);
  }

  /** Views of the list's own memory; what lies behind them has not been touched, and so takes none. */
  nodes(): TreeNodes {
    const words = this.#count * NODE_WORDS;
    return {
      words: this.#words.subarray(0, words),
      values: this.#values.subarray(0, words),
      cover: this.#cover.subarray(0, this.#count),
      categories: this.#categories,
    };
  }

  #grow(): void {
    const capacity = Math.ceil(this.#cover.length * GROWTH);
    const words = new Int32Array(capacity * NODE_WORDS);
    words.set(this.#words);
    this.#words = words;
    this.#values = new Float32Array(words.buffer);
    const cover = new Float32Array(capacity);
    cover.set(this.#cover);
    this.#cover = cover;
  }
}
