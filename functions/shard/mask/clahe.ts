/**
 * Contrast-limited adaptive histogram equalisation, as OpenCV's `createCLAHE(2.0, (8, 8))` does it, to the last bit: each of
 * 8 x 8 tiles has a look-up table, and a pixel gets what the four nearest tables say, weighted by distance.
 */

import { frameStride } from './frame.ts';
import { SHADES, TILES, TileTables, WHOLE_FROM } from './tile-tables.ts';

/** Further from a half than float32 arithmetic can err below 256: there float64 rounds the same way. */
const TIE_MARGIN = 1e-4;
/** The inner loop is a quarter faster with a constant of this file than with an imported one. */
const WHOLE = WHOLE_FROM;

/** Kept from picture to picture of one size, so that nothing is allocated for each. */
export class Clahe {
  readonly #size: number;
  readonly #tables: TileTables;
  /** Weight of the table to the right of a pixel or below it; as float32, as OpenCV keeps it. */
  readonly #weights: Float32Array;
  /** Pixels from `#starts[i]` to `#starts[i + 1]` lie between the middles of tiles i - 1 and i. */
  readonly #starts: Int32Array;

  /** @param size of the picture's side, at least 16. */
  constructor(size: number) {
    this.#size = size;
    this.#tables = new TileTables(size);
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
   * @param framed receives the result inside a frame of one pixel, which repeats the pixels at its side: what a 3 x 3 filter
   *   wants. See frame.ts.
   */
  equalise(grey: Uint8Array, framed: Uint8Array): void {
    this.#tables.fill(grey);
    const stride = frameStride(this.#size);
    for (let y = 0; y < this.#size; y += 1) {
      const to = (y + 1) * stride + 1;
      this.#equaliseRow(grey, y, framed, to);
      framed[to - 1] = framed[to] ?? 0;
      framed[to + this.#size] = framed[to + this.#size - 1] ?? 0;
    }
    framed.copyWithin(0, stride, 2 * stride);
    framed.copyWithin((this.#size + 1) * stride, this.#size * stride, (this.#size + 1) * stride);
  }

  #equaliseRow(grey: Uint8Array, y: number, framed: Uint8Array, to: number): void {
    const from = y * this.#size;
    const starts = this.#starts;
    let below = 0;
    while (below < TILES && (starts[below + 1] ?? 0) <= y) below += 1;
    const top = Math.max(below - 1, 0) * TILES;
    const bottom = Math.min(below, TILES - 1) * TILES;
    const weight = this.#weights[y] ?? 0;
    for (let right = 0; right <= TILES; right += 1) {
      const before = Math.max(right - 1, 0);
      const after = Math.min(right, TILES - 1);
      this.#blend(
        (top + before) * SHADES,
        (top + after) * SHADES,
        (bottom + before) * SHADES,
        (bottom + after) * SHADES,
        weight,
        starts[right] ?? 0,
        starts[right + 1] ?? 0,
        grey,
        from,
        framed,
        to,
      );
    }
  }

  /**
   * Pixels `start` to `end` of a row, which lie between the same four middles. In float64, which is faster here, unless
   * float32 might round the other way.
   */
  #blend(
    topLeft: number,
    topRight: number,
    bottomLeft: number,
    bottomRight: number,
    yWeight: number,
    start: number,
    end: number,
    grey: Uint8Array,
    from: number,
    framed: Uint8Array,
    to: number,
  ): void {
    const tables = this.#tables.values;
    const weights = this.#weights;
    for (let x = start; x < end; x += 1) {
      const shade = grey[from + x] ?? 0;
      const a = tables[topLeft + shade] ?? 0;
      const b = tables[topRight + shade] ?? 0;
      const c = tables[bottomLeft + shade] ?? 0;
      const d = tables[bottomRight + shade] ?? 0;
      const weight = weights[x] ?? 0;
      const top = a + (b - a) * weight;
      const sum = top + (c + (d - c) * weight - top) * yWeight + 0.5;
      const whole = sum | 0;
      const beyond = sum - whole;
      const certain = beyond > TIE_MARGIN && beyond < 1 - TIE_MARGIN;
      framed[to + x] = certain ? whole : blendAsFloat32(a, b, c, d, weight, yWeight);
    }
  }
}

/** In the very order of OpenCV's operations. */
function blendAsFloat32(a: number, b: number, c: number, d: number, x: number, y: number): number {
  const { fround } = Math;
  const x1 = fround(1 - x);
  const top = fround(fround(a * x1) + fround(b * x));
  const bottom = fround(fround(c * x1) + fround(d * x));
  return fround(fround(fround(top * fround(1 - y)) + fround(bottom * y)) + WHOLE) - WHOLE;
}
