/** Rows of a picture, copied into the memory of the kernels as many at once as fit. */

import { STRIP_BYTES, type Workbench } from './workbench.ts';

export class Strip {
  readonly #workbench: Workbench;
  readonly #grey: Uint8Array;
  readonly #size: number;
  readonly #rows: number;
  #first = Number.NEGATIVE_INFINITY;

  /** @param grey `size` x `size`, one byte a pixel. */
  constructor(workbench: Workbench, grey: Uint8Array, size: number) {
    this.#workbench = workbench;
    this.#grey = grey;
    this.#size = size;
    this.#rows = Math.trunc(STRIP_BYTES / size);
  }

  /** The address of row `y`, until another is asked for. */
  row(y: number): number {
    const { bytes, stripAt } = this.#workbench;
    if (y < this.#first || y >= this.#first + this.#rows) {
      this.#first = y;
      bytes.set(this.#grey.subarray(y * this.#size, (y + this.#rows) * this.#size), stripAt);
    }
    return stripAt + (y - this.#first) * this.#size;
  }
}
