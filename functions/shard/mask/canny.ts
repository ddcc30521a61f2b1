/** Edges as OpenCV's `Canny(picture, 50, 150)` finds them: Sobel 3 x 3, |dx| + |dy|, thinned, weak ones only beside strong. */

import { EdgeFollower } from './edge-follower.ts';
import { frameStride } from './frame.ts';
import type { Workbench } from './workbench.ts';

/** Kept from picture to picture of one size. */
export class Canny {
  readonly #workbench: Workbench;
  readonly #size: number;
  readonly #stride: number;
  /** The row of edges that the kernel writes. */
  readonly #row: Uint8Array;
  readonly #follower = new EdgeFollower();

  /** @param size of the picture's side. */
  constructor(workbench: Workbench, size: number) {
    this.#workbench = workbench;
    this.#size = size;
    this.#stride = frameStride(size);
    this.#row = workbench.bytes.subarray(workbench.edgesAt, workbench.edgesAt + size);
  }

  /**
   * @param readRow puts row `y` of the picture, with a frame that repeats its border, at an address of the workbench.
   * @param edges inside a frame of one pixel, see frame.ts: receives EDGE where there is one, elsewhere less.
   */
  find(readRow: (y: number, to: number) => void, edges: Uint8Array): void {
    const { evenedAt } = this.#workbench;
    // Each row waits for the one below it: to be filtered, and again to be thinned.
    for (let y = 0; y < this.#size + 2; y += 1) {
      if (y < this.#size) readRow(y, evenedAt[y % 3] ?? 0);
      if (y >= 1 && y <= this.#size) this.#filterRow(y - 1);
      if (y >= 2) this.#thinRow(y - 2, edges);
    }
    this.#follower.follow(edges, this.#stride);
  }

  /** It cannot be used any more. */
  free(): void {
    this.#follower.free();
  }

  #filterRow(y: number): void {
    const { kernels, evenedAt, dxAt, dyAt, strengthAt } = this.#workbench;
    kernels.sobel(
      evenedAt[Math.max(y - 1, 0) % 3] ?? 0,
      evenedAt[y % 3] ?? 0,
      evenedAt[Math.min(y + 1, this.#size - 1) % 3] ?? 0,
      this.#size,
      dxAt[y % 2] ?? 0,
      dyAt[y % 2] ?? 0,
      strengthAt[y % 3] ?? 0,
    );
  }

  #thinRow(y: number, edges: Uint8Array): void {
    const { kernels, dxAt, dyAt, strengthAt, noStrengthAt, edgesAt } = this.#workbench;
    kernels.thin(
      y === 0 ? noStrengthAt : (strengthAt[(y - 1) % 3] ?? 0),
      strengthAt[y % 3] ?? 0,
      y === this.#size - 1 ? noStrengthAt : (strengthAt[(y + 1) % 3] ?? 0),
      this.#size,
      dxAt[y % 2] ?? 0,
      dyAt[y % 2] ?? 0,
      edgesAt,
    );
    edges.set(this.#row, (y + 1) * this.#stride + 1);
  }
}
