/** The merges of a byte-pair encoding: from two neighbouring tokens to the rank of their merge and the token it makes. */

const INITIAL_SLOTS = 1 << 12;
/** Words of 32 bits to a slot: first token + 1 (0 = free), second token, rank, merged token. */
const STRIDE = 4;

/**
 * An open-addressing table in one typed array, 16 bytes a slot: a Map of 280,000 pairs, as the larger vocabularies have,
 * would take several times that.
 */
export class PairTable {
  #slots = new Uint32Array(INITIAL_SLOTS * STRIDE);
  #mask = INITIAL_SLOTS - 1;
  #size = 0;

  /** A pair that is there already takes the new rank. */
  set(first: number, second: number, rank: number, merged: number): void {
    if (this.#size * 4 > (this.#mask + 1) * 3) this.#grow();
    const at = this.#find(first, second);
    if (this.#slots[at] === 0) this.#size++;
    this.#slots.set([first + 1, second, rank, merged], at);
  }

  /** Where the pair is, for rankAt and mergedAt; -1 when it is not. */
  find(first: number, second: number): number {
    const at = this.#find(first, second);
    return this.#slots[at] === 0 ? -1 : at;
  }

  rankAt(at: number): number {
    return this.#slots[at + 2] ?? 0;
  }

  mergedAt(at: number): number {
    return this.#slots[at + 3] ?? 0;
  }

  #find(first: number, second: number): number {
    const slots = this.#slots;
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = hash & this.#mask;
    for (;;) {
      const at = slot * STRIDE;
      if (slots[at] === 0 || (slots[at] === first + 1 && slots[at + 1] === second)) return at;
      slot = (slot + 1) & this.#mask;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#mask = this.#slots.length / STRIDE - 1;
    for (let at = 0; at < old.length; at += STRIDE) {
      const first = old[at] ?? 0;
      if (first !== 0)
        this.#slots.set(old.subarray(at, at + STRIDE), this.#find(first - 1, old[at + 1] ?? 0));
    }
  }
}
