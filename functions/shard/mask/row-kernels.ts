/**
 * The inner loops of CLAHE and Canny, from ../kernels, as one module with a memory. They work on rows: a row's address is that
 * of its first pixel, and what lies up to 16 pixels before and behind may be read and overwritten.
 */

import { WEBASSEMBLY_BASE64 } from './row-kernels.generated.ts';

interface ClaheKernels {
  /**
   * Counts the shades of the tiles that a row of `size` pixels passes through. Of each tile there are two histograms of 256
   * int32, for pixels in turn: to add to the same place again at once is slow.
   */
  count(row: number, size: number, tileSize: number, histograms: number): void;
  /**
   * Pixels `start` to `end` of a row between the middles of four tiles. Per shade `tables` has four bytes: the new shade above
   * on the left, above on the right, below on the left and below on the right. Weights are float32: of the right one for each
   * pixel, and of the lower one. It computes as OpenCV does.
   */
  blend(
    row: number,
    to: number,
    start: number,
    end: number,
    tables: number,
    weights: number,
    lower: number,
  ): void;
}

interface CannyKernels {
  /** Sobel 3 x 3 of `size` pixels, as int16: how shades change along the row, down the column, and the sum of both amounts. */
  sobel(
    above: number,
    row: number,
    below: number,
    size: number,
    dx: number,
    dy: number,
    strength: number,
  ): void;
  /** Which pixels are stronger than both neighbours across the edge: 0, 1 or, above 150, 2 each, in bytes. */
  thin(
    above: number,
    strength: number,
    below: number,
    size: number,
    dx: number,
    dy: number,
    edges: number,
  ): void;
}

export interface RowKernels extends ClaheKernels, CannyKernels {
  readonly memory: WebAssembly.Memory;
}

/** With a memory of its own. */
export function openRowKernels(): RowKernels {
  const module = new WebAssembly.Module(Buffer.from(WEBASSEMBLY_BASE64, 'base64'));
  return new WebAssembly.Instance(module).exports as unknown as RowKernels;
}
