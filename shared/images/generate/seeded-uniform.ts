/** Uniform numbers within ±1 from a seed: integer arithmetic and one exact division, so the same on every machine. */

const HALF_RANGE = 0x8000_0000;

/** Mulberry32. */
export class SeededUniform {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) | 0) / HALF_RANGE;
  }
}
