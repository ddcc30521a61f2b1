/**
 * The look-up tables of a picture's 8 x 8 tiles: each evens out the shades of its tile, with its histogram cut off at twice
 * the mean. As OpenCV's CLAHE makes them.
 */

/** Along each side. */
export const TILES = 8;
export const SHADES = 256;
/** Float32 has no fractions from here on: to add it rounds to whole numbers, halves to even ones, as a processor does. */
export const WHOLE_FROM = 2 ** 23;
const CLIP_LIMIT = 2;

export class TileTables {
  /** Of a tile's side, in pixels. */
  readonly tileSize: number;
  /** New shades: those of a tile follow each other, then those of the tile to its right. */
  readonly values = new Float64Array(TILES * TILES * SHADES);
  readonly #size: number;
  /** Four, for pixels in turn: to add to the same place again at once is slow. The first becomes their sum. */
  readonly #histogram = new Int32Array(4 * SHADES);

  /** @param size of the picture's side. */
  constructor(size: number) {
    this.#size = size;
    this.tileSize = Math.ceil(size / TILES);
  }

  /** @param grey `size` x `size`, one byte a pixel. */
  fill(grey: Uint8Array): void {
    for (let tile = 0; tile < TILES * TILES; tile += 1) this.#fillTable(grey, tile);
  }

  /** The clipped cumulative histogram of a tile; what is clipped is shared out among all shades. */
  #fillTable(grey: Uint8Array, tile: number): void {
    const histogram = this.#histogram;
    this.#count(grey, tile);
    const area = this.tileSize * this.tileSize;
    const limit = Math.max(Math.trunc((CLIP_LIMIT * area) / SHADES), 1);
    let clipped = 0;
    for (let shade = 0; shade < SHADES; shade += 1) {
      const excess = (histogram[shade] ?? 0) - limit;
      if (excess <= 0) continue;
      clipped += excess;
      histogram[shade] = limit;
    }
    const each = Math.trunc(clipped / SHADES);
    const rest = clipped - each * SHADES;
    const step = Math.max(Math.trunc(SHADES / Math.max(rest, 1)), 1);
    for (let i = 0; i < rest; i += 1) histogram[i * step] = (histogram[i * step] ?? 0) + 1;
    const { fround } = Math;
    const scale = fround((SHADES - 1) / area);
    const values = this.values;
    let sum = 0;
    for (let shade = 0; shade < SHADES; shade += 1) {
      sum += (histogram[shade] ?? 0) + each;
      values[tile * SHADES + shade] = Math.min(
        fround(fround(sum * scale) + WHOLE_FROM) - WHOLE_FROM,
        SHADES - 1,
      );
    }
  }

  /** Tiles that reach beyond the picture see it mirrored there, without its last row and column. */
  #count(grey: Uint8Array, tile: number): void {
    const size = this.#size;
    const tileSize = this.tileSize;
    const histogram = this.#histogram.fill(0);
    const top = Math.trunc(tile / TILES) * tileSize;
    const left = (tile % TILES) * tileSize;
    const right = left + tileSize;
    const inside = Math.min(right, size);
    for (let y = top; y < top + tileSize; y += 1) {
      const row = (y < size ? y : 2 * (size - 1) - y) * size;
      const end = row + inside;
      let at = row + left;
      for (; at + 3 < end; at += 4) {
        const first = grey[at] ?? 0;
        const second = (grey[at + 1] ?? 0) | SHADES;
        const third = (grey[at + 2] ?? 0) | (2 * SHADES);
        const fourth = (grey[at + 3] ?? 0) | (3 * SHADES);
        histogram[first] = (histogram[first] ?? 0) + 1;
        histogram[second] = (histogram[second] ?? 0) + 1;
        histogram[third] = (histogram[third] ?? 0) + 1;
        histogram[fourth] = (histogram[fourth] ?? 0) + 1;
      }
      for (; at < end; at += 1) {
        const shade = grey[at] ?? 0;
        histogram[shade] = (histogram[shade] ?? 0) + 1;
      }
      for (let x = Math.max(left, size); x < right; x += 1) {
        const shade = grey[row + 2 * (size - 1) - x] ?? 0;
        histogram[shade] = (histogram[shade] ?? 0) + 1;
      }
    }
    for (let shade = 0; shade < SHADES; shade += 1) {
      const even = (histogram[shade] ?? 0) + (histogram[shade + 2 * SHADES] ?? 0);
      const odd = (histogram[shade + SHADES] ?? 0) + (histogram[shade + 3 * SHADES] ?? 0);
      histogram[shade] = even + odd;
    }
  }
}
