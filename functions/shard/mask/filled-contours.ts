/**
 * What lies within the outer contours of more than 100 square pixels: OpenCV's `findContours(RETR_EXTERNAL)`, `contourArea`
 * and filled `drawContours` in one pass. Edges that touch at a corner belong together.
 *
 * Rows are read from left to right. The first pixel met of a shape is on its outer contour, which is then followed once
 * around (Suzuki and Abe, 1985). Each of its pixels is marked as an exit if the outside begins to the right of it. So in the
 * rows below it is known at any pixel whether it is inside: the last mark passed was no exit.
 */

import { freeMemory } from '../encode/free-memory.ts';
import { EDGE } from './edge-follower.ts';
import { frameStride } from './frame.ts';

/** Twice the area, as whole numbers: a contour goes through the middles of pixels. */
const MIN_DOUBLE_AREA = 200;
const FIRST_PATH = 2 ** 12;

/** Marks on a contour, in place of EDGE. Of one too small to be kept: */
const SMALL = 4 | EDGE;
const SMALL_EXIT = SMALL + 1;
/** What makes them marks on a large one, and the first of these; the other is its exit. */
const TO_LARGE = 4;
const LARGE = SMALL + TO_LARGE;
/** The bit of an EDGE is set in every mark too; here, of four pixels in a row. */
const ANY_OF_FOUR = 0x01010101 * EDGE;
/** The place of that bit. */
const EDGE_SHIFT = 1;

/** Directions, counterclockwise from the right, as steps in x and y. */
const STEP_X = [1, 1, 0, -1, -1, -1, 0, 1];
const STEP_Y = [0, -1, -1, -1, 0, 1, 1, 1];

/** Kept from picture to picture of one size. */
export class FilledContours {
  readonly #size: number;
  readonly #stride: number;
  /** The eight offsets twice, so that a turn may go past the last. */
  readonly #offsets: Int32Array;
  #path = new Int32Array(FIRST_PATH);

  /** @param size of the picture's side. */
  constructor(size: number) {
    this.#size = size;
    this.#stride = frameStride(size);
    this.#offsets = Int32Array.from(
      { length: 16 },
      (_, i) => (STEP_Y[i & 7] ?? 0) * this.#stride + (STEP_X[i & 7] ?? 0),
    );
  }

  /**
   * @param edges inside a frame of one pixel: EDGE or less. It is used up.
   * @returns rows of `ceil(size / 8)` bytes, the leftmost pixel in the highest bit; a bit is set inside a contour or on it.
   */
  fill(edges: Uint8Array): Uint8Array {
    const rowBytes = Math.ceil(this.#size / 8);
    const bits = new Uint8Array(this.#size * rowBytes);
    const fours = new Int32Array(edges.buffer, edges.byteOffset, edges.byteLength / 4);
    for (let y = 0; y < this.#size; y += 1) {
      const row = (y + 1) * this.#stride;
      this.#fillRow(edges, fours, row, bits, y * rowBytes);
    }
    return bits;
  }

  #fillRow(edges: Uint8Array, fours: Int32Array, row: number, bits: Uint8Array, to: number): void {
    /** The last mark passed, if it was no exit. */
    let inside = 0;
    const end = row + this.#stride;
    for (let four = row; four < end; four += 4) {
      if (inside !== LARGE && ((fours[four >> 2] ?? 0) & ANY_OF_FOUR) === 0) continue;
      for (let at = four; at < four + 4; at += 1) {
        let mark = edges[at] ?? 0;
        if (mark === EDGE && inside === 0) {
          this.#markContour(edges, at);
          mark = edges[at] ?? 0;
        }
        const isLarge = mark >= LARGE || (inside === LARGE && mark <= EDGE);
        if (mark > EDGE) inside = mark === SMALL || mark === LARGE ? mark : 0;
        if (!isLarge) continue;
        const x = at - row - 1;
        bits[to + (x >> 3)] = (bits[to + (x >> 3)] ?? 0) | (0x80 >> (x & 7));
      }
    }
  }

  #markContour(edges: Uint8Array, start: number): void {
    const length = this.#follow(edges, start);
    for (let i = 0; i < length; i += 1) {
      const at = this.#path[i] ?? 0;
      // A contour may pass a pixel more than once.
      if ((edges[at] ?? 0) < LARGE) edges[at] = (edges[at] ?? 0) + TO_LARGE;
    }
  }

  /** Marks the contour as a small one. Returns how many pixels of it are in the path: none, if it is small indeed. */
  #follow(edges: Uint8Array, start: number): number {
    const offsets = this.#offsets;
    let turn = 4;
    // The first neighbour clockwise from the left is the one that the contour comes back from.
    do turn = (turn - 1) & 7;
    while (turn !== 4 && (edges[start + (offsets[turn] ?? 0)] ?? 0) < EDGE);
    if (turn === 4) {
      edges[start] = SMALL_EXIT;
      return 0;
    }
    const last = start + (offsets[turn] ?? 0);
    let at = start;
    let y = 0;
    let doubleArea = 0;
    let length = 0;
    for (;;) {
      const from = turn;
      const around = this.#neighbours(edges, at);
      // The first of them counterclockwise after the one it came from.
      const after = ((around | (around << 8)) >> (from + 1)) & 0xff;
      turn = (from + 32 - Math.clz32(after & -after)) & 7;
      // Whether the right-hand neighbour was among those found empty.
      if (turn > 0 && turn <= from) edges[at] = SMALL_EXIT;
      else if (edges[at] === EDGE) edges[at] = SMALL;
      if (length === this.#path.length) this.#grow();
      this.#path[length] = at;
      length += 1;
      const stepY = STEP_Y[turn] ?? 0;
      doubleArea += (2 * y + stepY) * (STEP_X[turn] ?? 0);
      y += stepY;
      const next = at + (offsets[turn] ?? 0);
      if (next === start && at === last) break;
      at = next;
      turn = (turn + 4) & 7;
    }
    return Math.abs(doubleArea) > MIN_DOUBLE_AREA ? length : 0;
  }

  /** A bit for each direction in which there is an edge. */
  #neighbours(edges: Uint8Array, at: number): number {
    const above = at - this.#stride;
    const below = at + this.#stride;
    const bits =
      ((edges[at + 1] ?? 0) & EDGE) |
      (((edges[above + 1] ?? 0) & EDGE) << 1) |
      (((edges[above] ?? 0) & EDGE) << 2) |
      (((edges[above - 1] ?? 0) & EDGE) << 3) |
      (((edges[at - 1] ?? 0) & EDGE) << 4) |
      (((edges[below - 1] ?? 0) & EDGE) << 5) |
      (((edges[below] ?? 0) & EDGE) << 6) |
      (((edges[below + 1] ?? 0) & EDGE) << 7);
    return bits >> EDGE_SHIFT;
  }

  #grow(): void {
    const grown = new Int32Array(2 * this.#path.length);
    grown.set(this.#path);
    freeMemory(this.#path);
    this.#path = grown;
  }

  /** Nothing is filled after it. */
  free(): void {
    freeMemory(this.#path);
  }
}
