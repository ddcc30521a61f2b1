/** Edges as OpenCV's `Canny(picture, 50, 150)` finds them: Sobel 3 x 3, |dx| + |dy|, thinned, weak ones only beside strong. */

import { freeMemory } from '../encode/free-memory.ts';
import { framedBytes, frameStride } from './frame.ts';

const LOW = 50;
const HIGH = 150;
/** The tangent of 22.5 degrees, in 15 bits. */
const TANGENT_BITS = 15;
const TANGENT = Math.trunc((Math.SQRT2 - 1) * 2 ** TANGENT_BITS + 0.5);
const FIRST_STACK = 2 ** 14;

const NO_EDGE = 0;
const WEAK = 1;
export const EDGE = 2;

/**
 * Kept from picture to picture of one size. In its two inner loops are no branches that follow the pixels: in a picture with
 * grain a processor would guess half of them wrong, which took twice the time. `>>> 31` is 1 of what is negative, else 0.
 */
export class Canny {
  readonly #size: number;
  readonly #stride: number;
  /** How strongly shades change, |dx| + |dy|, as the picture is framed; none in the frame. */
  readonly #strength: Int16Array;
  /** Where an edge may be in the row that was read last, and in the one before it. */
  #places: Int32Array;
  #placesBefore: Int32Array;
  /** Edges whose neighbours are still to be looked at. */
  #stack: Int32Array = new Int32Array(FIRST_STACK);

  /** @param size of the picture's side. */
  constructor(size: number) {
    this.#size = size;
    this.#stride = frameStride(size);
    this.#strength = new Int16Array(framedBytes(size));
    this.#places = new Int32Array(size);
    this.#placesBefore = new Int32Array(size);
  }

  /**
   * @param framed the picture inside a frame of one pixel that repeats its border.
   * @param edges of the same shape: receives EDGE where there is one; elsewhere, and in the frame, less.
   */
  find(framed: Uint8Array, edges: Uint8Array): void {
    edges.fill(NO_EDGE);
    let strong = 0;
    let placeCount = this.#readRow(framed, 0);
    for (let y = 1; y <= this.#size; y += 1) {
      [this.#places, this.#placesBefore] = [this.#placesBefore, this.#places];
      const nextCount = y < this.#size ? this.#readRow(framed, y) : 0;
      while (this.#stack.length < strong + this.#size) this.#grow();
      strong = this.#thinRow(framed, edges, placeCount, strong);
      placeCount = nextCount;
    }
    this.#follow(edges, strong);
  }

  /** It cannot be used any more. */
  free(): void {
    freeMemory(this.#strength);
    freeMemory(this.#stack);
  }

  /** Returns how many places there are in it. */
  #readRow(framed: Uint8Array, y: number): number {
    const strength = this.#strength;
    const places = this.#places;
    const start = (y + 1) * this.#stride + 1;
    const end = start + this.#size;
    const stride = this.#stride;
    let count = 0;
    let above = framed[start - 1 - stride] ?? 0;
    let below = framed[start - 1 + stride] ?? 0;
    // Of three columns: their smoothed shade, and how it changes downwards.
    let sum0 = above + 2 * (framed[start - 1] ?? 0) + below;
    let change0 = below - above;
    above = framed[start - stride] ?? 0;
    below = framed[start + stride] ?? 0;
    let sum1 = above + 2 * (framed[start] ?? 0) + below;
    let change1 = below - above;
    for (let at = start; at < end; at += 1) {
      above = framed[at + 1 - stride] ?? 0;
      below = framed[at + 1 + stride] ?? 0;
      const sum2 = above + 2 * (framed[at + 1] ?? 0) + below;
      const change2 = below - above;
      const dx = sum2 - sum0;
      const dy = change0 + 2 * change1 + change2;
      const dxSign = dx >> 31;
      const dySign = dy >> 31;
      const strong = (dx ^ dxSign) - dxSign + (dy ^ dySign) - dySign;
      strength[at] = strong;
      places[count] = at;
      count += (LOW - strong) >>> 31;
      sum0 = sum1;
      sum1 = sum2;
      change0 = change1;
      change1 = change2;
    }
    return count;
  }

  /**
   * Marks the pixels that are stronger than their two neighbours across the edge, in the row before the one read last.
   * Returns the new height of the stack.
   */
  #thinRow(framed: Uint8Array, edges: Uint8Array, placeCount: number, height: number): number {
    const stride = this.#stride;
    const strength = this.#strength;
    const places = this.#placesBefore;
    const stack = this.#stack;
    let count = height;
    for (let i = 0; i < placeCount; i += 1) {
      const at = places[i] ?? 0;
      const here = strength[at] ?? 0;
      const falling = (framed[at + stride + 1] ?? 0) - (framed[at - stride - 1] ?? 0);
      const rising = (framed[at - stride + 1] ?? 0) - (framed[at + stride - 1] ?? 0);
      const dx = falling + rising + 2 * ((framed[at + 1] ?? 0) - (framed[at - 1] ?? 0));
      const dy = falling - rising + 2 * ((framed[at + stride] ?? 0) - (framed[at - stride] ?? 0));
      const run = Math.abs(dx);
      const rise = Math.abs(dy) << TANGENT_BITS;
      const flat = run * TANGENT;
      // Which way the shade changes: along the row, the column, or one of the diagonals.
      const alongRow = (rise - flat) >>> 31;
      const alongColumn = (flat + (run << (TANGENT_BITS + 1)) - rise) >>> 31;
      const diagonal = 1 - alongRow - alongColumn;
      const step = alongRow + (1 - alongRow) * stride + diagonal * (((dx ^ dy) >> 31) | 1);
      const isAboveFirst = ((strength[at - step] ?? 0) - here) >>> 31;
      // Of two equals the first is kept, on a diagonal neither.
      const isAboveSecond = ((strength[at + step] ?? 0) + diagonal - here - 1) >>> 31;
      const isKept = isAboveFirst & isAboveSecond;
      const isStrong = isKept & ((HIGH - here) >>> 31);
      edges[at] = isKept + isStrong;
      stack[count] = at;
      count += isStrong;
    }
    return count;
  }

  /** Weak edges that touch an edge become edges, until none does. */
  #follow(edges: Uint8Array, strong: number): void {
    const stride = this.#stride;
    const around = Int32Array.of(-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1);
    let stack: Int32Array = this.#stack;
    let count = strong;
    while (count > 0) {
      count -= 1;
      const at = stack[count] ?? 0;
      if (stack.length < count + around.length) stack = this.#grow();
      for (let i = 0; i < 8; i += 1) {
        const next = at + (around[i] ?? 0);
        if (edges[next] !== WEAK) continue;
        edges[next] = EDGE;
        stack[count] = next;
        count += 1;
      }
    }
  }

  #grow(): Int32Array {
    const grown = new Int32Array(2 * this.#stack.length);
    grown.set(this.#stack);
    freeMemory(this.#stack);
    this.#stack = grown;
    return grown;
  }
}
