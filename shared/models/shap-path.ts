/** The paths of TreeSHAP: what is known on the way to a node, and the weights of its subsets by their size. */

/**
 * Paths of unique features, one after the other, each level's behind the one above it. In arrays that are made once: a
 * row of 4,000 trees takes two million steps.
 */
export class ShapPaths {
  readonly feature: Int32Array;
  /** Share of rows that flow on where the feature is unknown. */
  readonly zero: Float64Array;
  /** 1 where the row itself flows on, else 0. */
  readonly one: Uint8Array;
  /** Weights of the subsets of the path, by their size. */
  readonly weight: Float64Array;
  /** 1 / n, as dividing takes several times as long as multiplying. */
  readonly #inverse: Float64Array;

  constructor(depth: number) {
    const size = ((depth + 2) * (depth + 3)) / 2;
    this.feature = new Int32Array(size);
    this.zero = new Float64Array(size);
    this.one = new Uint8Array(size);
    this.weight = new Float64Array(size);
    this.#inverse = Float64Array.from({ length: depth + 2 }, (_, n) => 1 / n);
  }

  /** Appends an entry at `begin + last`. */
  extend(begin: number, last: number, zero: number, one: number, feature: number): void {
    const { weight } = this;
    this.feature[begin + last] = feature;
    this.zero[begin + last] = zero;
    this.one[begin + last] = one;
    weight[begin + last] = last === 0 ? 1 : 0;
    const share = this.#inverse[last + 1] as number;
    const flowing = zero * share;
    const known = one * share;
    for (let at = begin + last - 1, size = last; size > 0; at--, size--) {
      const here = weight[at] as number;
      weight[at + 1] = (weight[at + 1] as number) + known * here * size;
      weight[at] = flowing * here * (last + 1 - size);
    }
  }

  /** Takes the entry `index` out again. */
  unwind(begin: number, last: number, index: number): void {
    const { weight } = this;
    const inverse = this.#inverse;
    const zero = this.zero[begin + index] as number;
    if (this.one[begin + index] === 0) {
      const share = (last + 1) / zero;
      for (let at = 0; at < last; at++) {
        weight[begin + at] = (weight[begin + at] as number) * share * (inverse[last - at] as number);
      }
    } else {
      const flowing = zero * (inverse[last + 1] as number);
      let next = weight[begin + last] as number;
      for (let at = last - 1; at >= 0; at--) {
        const here = weight[begin + at] as number;
        const unwound = next * (last + 1) * (inverse[at + 1] as number);
        weight[begin + at] = unwound;
        next = here - unwound * flowing * (last - at);
      }
    }
    for (let at = begin + index; at < begin + last; at++) {
      this.feature[at] = this.feature[at + 1] as number;
      this.zero[at] = this.zero[at + 1] as number;
      this.one[at] = this.one[at + 1] as number;
    }
  }

  /** The sum of the weights, were an entry taken out that the row follows; `zero` is the entry's. */
  sumWithoutHot(begin: number, last: number, zero: number): number {
    const { weight } = this;
    const inverse = this.#inverse;
    let next = weight[begin + last] as number;
    let sum = 0;
    for (let at = last - 1; at >= 0; at--) {
      const part = inverse[at + 1] as number;
      sum += next * part;
      // Multiplied so that a step waits for no more than one product of the step before.
      next = (weight[begin + at] as number) - next * (zero * (last - at) * part);
    }
    return sum * (last + 1);
  }

  /** The same of an entry that the row does not follow, times the entry's `zero`: then it is the same for all of them. */
  sumWithoutCold(begin: number, last: number): number {
    const { weight } = this;
    const inverse = this.#inverse;
    let sum = 0;
    for (let at = 0; at < last; at++) sum += (weight[begin + at] as number) * (inverse[last - at] as number);
    return sum * (last + 1);
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
