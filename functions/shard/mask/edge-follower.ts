/** The last step of Canny: weak edges that touch an edge become edges, until none does. */

import { freeMemory } from '../encode/free-memory.ts';

const WEAK = 1;
export const EDGE = 2;
/** An EDGE among four pixels. */
const ANY_OF_FOUR = 0x02020202;
const FIRST_STACK = 2 ** 14;

/** Kept from picture to picture. */
export class EdgeFollower {
  /** Edges whose neighbours are still to be looked at. */
  #stack: Int32Array = new Int32Array(FIRST_STACK);

  /** @param edges rows of `stride` bytes, a multiple of four; what is WEAK or EDGE is inside a frame of one pixel. */
  follow(edges: Uint8Array, stride: number): void {
    const around = Int32Array.of(-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1);
    let count = this.#findStrong(edges);
    let stack = this.#stack;
    while (count > 0) {
      count -= 1;
      const at = stack[count] ?? 0;
      // Most have no weak neighbour: without a branch for each that is soon known.
      const row = (edges[at - 1] ?? 0) | (edges[at + 1] ?? 0);
      const above = (edges[at - stride - 1] ?? 0) | (edges[at - stride] ?? 0) | (edges[at - stride + 1] ?? 0);
      const below = (edges[at + stride - 1] ?? 0) | (edges[at + stride] ?? 0) | (edges[at + stride + 1] ?? 0);
      if (((row | above | below) & WEAK) === 0) continue;
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

  /** It cannot be used any more. */
  free(): void {
    freeMemory(this.#stack);
  }

  /** Puts them on the stack. Returns its height. */
  #findStrong(edges: Uint8Array): number {
    const fours = new Int32Array(edges.buffer, edges.byteOffset, edges.byteLength / 4);
    let stack = this.#stack;
    let count = 0;
    for (let four = 0; four < fours.length; four += 1) {
      const pixels = (fours[four] ?? 0) & ANY_OF_FOUR;
      if (pixels === 0) continue;
      if (stack.length < count + 4) stack = this.#grow();
      for (let i = 0; i < 4; i += 1) {
        stack[count] = 4 * four + i;
        count += (pixels >> (8 * i + 1)) & 1;
      }
    }
    return count;
  }

  #grow(): Int32Array {
    const grown = new Int32Array(2 * this.#stack.length);
    grown.set(this.#stack);
    freeMemory(this.#stack);
    this.#stack = grown;
    return grown;
  }
}
