/**
 * Contrast-limited adaptive histogram equalisation, as OpenCV's `createCLAHE(2.0, (8, 8))` does it, to the last bit: each of
 * 8 x 8 tiles has a look-up table, and a pixel gets what the four nearest tables say, weighted by distance.
 */

import { Strip } from './strip.ts';
import { SHADES, TILES, TileTables } from './tile-tables.ts';
import type { Workbench } from './workbench.ts';

/** Kept from picture to picture of one size. */
export class Clahe {
  readonly #workbench: Workbench;
  readonly #size: number;
  readonly #tables: TileTables;
  /** Weight of the table to the right of a pixel or below it; as float32, as OpenCV keeps it. */
  readonly #weights: Float32Array;
  /** Pixels from `#starts[i]` to `#starts[i + 1]` lie between the middles of tiles i - 1 and i. */
  readonly #starts: Int32Array;

  /** @param size of the picture's side, at least 16. */
  constructor(workbench: Workbench, size: number) {
    this.#workbench = workbench;
    this.#size = size;
    this.#tables = new TileTables(workbench, size);
    this.#weights = new Float32Array(size);
    this.#starts = new Int32Array(TILES + 2).fill(size);
    const { fround } = Math;
    const scale = fround(1 / this.#tables.tileSize);
    for (let at = size - 1; at >= 0; at -= 1) {
      const place = fround(fround(at * scale) - 0.5);
      const before = Math.floor(place);
      this.#weights[at] = fround(place - before);
      this.#starts[before + 1] = at;
    }
    // A small picture has no pixel in its last tiles.
    for (let i = TILES; i >= 0; i -= 1) {
      this.#starts[i] = Math.min(this.#starts[i] ?? size, this.#starts[i + 1] ?? size);
    }
  }

  /**
   * @param grey `size` x `size`, one byte a pixel.
   * @returns what evens out one row after the other, each into the row of the workbench at `to`, inside a frame of one pixel
   *   that repeats the pixels at its side: what a 3 x 3 filter wants.
   */
  read(grey: Uint8Array): (y: number, to: number) => void {
    const strip = new Strip(this.#workbench, grey, this.#size);
    this.#workbench.weights.set(this.#weights);
    this.#tables.fill(strip);
    let between = -1;
    return (y, to) => {
      const below = this.#tileBelow(y);
      if (below !== between) this.#fillBlendTables(below);
      between = below;
      this.#evenRow(strip.row(y), this.#weights[y] ?? 0, to);
    };
  }

  /** The first row of tiles whose middle is below y. */
  #tileBelow(y: number): number {
    let below = 0;
    while (below < TILES && (this.#starts[below + 1] ?? 0) <= y) below += 1;
    return below;
  }

  #fillBlendTables(below: number): void {
    const { blendTables } = this.#workbench;
    const { values } = this.#tables;
    const top = Math.max(below - 1, 0) * TILES;
    const bottom = Math.min(below, TILES - 1) * TILES;
    for (let right = 0; right <= TILES; right += 1) {
      const before = Math.max(right - 1, 0) * SHADES;
      const after = Math.min(right, TILES - 1) * SHADES;
      for (let shade = 0; shade < SHADES; shade += 1) {
        const upper =
          (values[top * SHADES + before + shade] ?? 0) | ((values[top * SHADES + after + shade] ?? 0) << 8);
        const lower =
          (values[bottom * SHADES + before + shade] ?? 0) |
          ((values[bottom * SHADES + after + shade] ?? 0) << 8);
        blendTables[right * SHADES + shade] = upper | (lower << 16);
      }
    }
  }

  #evenRow(row: number, weight: number, to: number): void {
    const { kernels, blendTablesAt, weightsAt, bytes } = this.#workbench;
    const starts = this.#starts;
    for (let right = 0; right <= TILES; right += 1) {
      const start = starts[right] ?? 0;
      const end = starts[right + 1] ?? 0;
      const tables = blendTablesAt + right * SHADES * 4;
      // From left to right: each may write a little more than its part.
      if (start < end) kernels.blend(row, to, start, end, tables, weightsAt, weight);
    }
    bytes[to - 1] = bytes[to] ?? 0;
    bytes[to + this.#size] = bytes[to + this.#size - 1] ?? 0;
  }
}
