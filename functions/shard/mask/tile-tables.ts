/**
 * The look-up tables of a picture's 8 x 8 tiles: each evens out the shades of its tile, with its histogram cut off at twice
 * the mean. As OpenCV's CLAHE makes them.
 */

import type { Strip } from './strip.ts';
import type { Workbench } from './workbench.ts';

/** Along each side. */
export const TILES = 8;
export const SHADES = 256;
/** Float32 has no fractions from here on: to add it rounds to whole numbers, halves to even ones, as a processor does. */
const WHOLE_FROM = 2 ** 23;
const CLIP_LIMIT = 2;

export class TileTables {
  /** Of a tile's side, in pixels. */
  readonly tileSize: number;
  /** New shades: those of a tile follow each other, then those of the tile to its right. */
  readonly values = new Uint8Array(TILES * TILES * SHADES);
  readonly #size: number;
  readonly #workbench: Workbench;
  readonly #histogram = new Int32Array(SHADES);

  /** @param size of the picture's side. */
  constructor(workbench: Workbench, size: number) {
    this.#workbench = workbench;
    this.#size = size;
    this.tileSize = Math.ceil(size / TILES);
  }

  fill(strip: Strip): void {
    for (let row = 0; row < TILES; row += 1) {
      this.#count(strip, row * this.tileSize);
      for (let column = 0; column < TILES; column += 1) this.#fillTable(row, column);
    }
  }

  /** Tiles that reach beyond the picture see it mirrored there, without its last row and column. */
  #count(strip: Strip, top: number): void {
    const { kernels, histograms, histogramsAt, bytes } = this.#workbench;
    const size = this.#size;
    const tileSize = this.tileSize;
    histograms.fill(0);
    for (let y = top; y < top + tileSize; y += 1) {
      const row = strip.row(y < size ? y : 2 * (size - 1) - y);
      kernels.count(row, size, tileSize, histogramsAt);
      for (let x = size; x < TILES * tileSize; x += 1) {
        const at = Math.trunc(x / tileSize) * 2 * SHADES + (bytes[row + 2 * (size - 1) - x] ?? 0);
        histograms[at] = (histograms[at] ?? 0) + 1;
      }
    }
  }

  /** The clipped cumulative histogram of a tile; what is clipped is shared out among all shades. */
  #fillTable(row: number, column: number): void {
    const histogram = this.#histogram;
    const { histograms } = this.#workbench;
    const area = this.tileSize * this.tileSize;
    const limit = Math.max(Math.trunc((CLIP_LIMIT * area) / SHADES), 1);
    let clipped = 0;
    for (let shade = 0, at = column * 2 * SHADES; shade < SHADES; shade += 1, at += 1) {
      const found = (histograms[at] ?? 0) + (histograms[at + SHADES] ?? 0);
      const kept = Math.min(found, limit);
      clipped += found - kept;
      histogram[shade] = kept;
    }
    const each = Math.trunc(clipped / SHADES);
    const rest = clipped - each * SHADES;
    const step = Math.max(Math.trunc(SHADES / Math.max(rest, 1)), 1);
    for (let i = 0; i < rest; i += 1) histogram[i * step] = (histogram[i * step] ?? 0) + 1;
    const { fround } = Math;
    const scale = fround((SHADES - 1) / area);
    const values = this.values;
    const to = (row * TILES + column) * SHADES;
    let sum = 0;
    for (let shade = 0; shade < SHADES; shade += 1) {
      sum += (histogram[shade] ?? 0) + each;
      const whole = fround(fround(sum * scale) + WHOLE_FROM) - WHOLE_FROM;
      values[to + shade] = Math.min(whole, SHADES - 1);
    }
  }
}
