/** Which positions of the output were seen: one bit each. */

export class PositionSet {
  readonly #bits: Uint8Array;
  readonly #positions: number;

  constructor(positions: number) {
    this.#positions = positions;
    this.#bits = new Uint8Array(Math.ceil(positions / 8));
  }

  /** What is wrong with it, if it is not the first of its kind and in range. */
  add(position: number): 'out of range' | 'there twice' | undefined {
    if (!Number.isSafeInteger(position) || position < 0 || position >= this.#positions) return 'out of range';
    const byte = Math.floor(position / 8);
    const bit = 1 << (position % 8);
    const bits = this.#bits[byte] ?? 0;
    if ((bits & bit) !== 0) return 'there twice';
    this.#bits[byte] = bits | bit;
    return undefined;
  }
}
