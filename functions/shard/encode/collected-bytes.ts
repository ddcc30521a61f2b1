/** Bytes put one behind the other, in memory that is kept for the next time. */

import { freeMemory } from './free-memory.ts';

const FIRST_BYTES = 2 ** 18;
/** Little: the buffer before is there at the same time. */
const GROWTH = 1.25;
/** More is not kept. */
const KEPT_BYTES = 2 ** 20;

export class CollectedBytes {
  #buffer = new Uint8Array(FIRST_BYTES);
  #length = 0;

  add(bytes: Uint8Array): void {
    const length = this.#length + bytes.byteLength;
    if (length > this.#buffer.byteLength) this.#grow(Math.ceil(GROWTH * length));
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  /** Copies all of it to `target`, which has room for it, at `at`; and forgets it. */
  moveTo(target: Uint8Array, at: number): void {
    target.set(this.#buffer.subarray(0, this.#length), at);
    this.clear();
  }

  clear(): void {
    this.#length = 0;
    if (this.#buffer.byteLength <= KEPT_BYTES) return;
    freeMemory(this.#buffer);
    this.#buffer = new Uint8Array(FIRST_BYTES);
  }

  #grow(bytes: number): void {
    const grown = new Uint8Array(bytes);
    grown.set(this.#buffer.subarray(0, this.#length));
    freeMemory(this.#buffer);
    this.#buffer = grown;
  }
}
