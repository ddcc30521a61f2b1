/** The memory that the row kernels work in, laid out for pictures of any size allowed: 0.2 MB, kept from picture to picture. */

import { openRowKernels, type RowKernels } from './row-kernels.ts';
import { SHADES, TILES } from './tile-tables.ts';

/** The largest picture's side: with more, rows would overlap. */
export const LARGEST_SIZE = 2048;
/** In pixels, before and behind each row: what a vector may reach. */
const MARGIN = 16;
/** Of a row of int16. */
const WIDE_ROW_BYTES = 2 * (LARGEST_SIZE + 2 * MARGIN);
const ROW_BYTES = LARGEST_SIZE + 2 * MARGIN;
/** Of the picture, as many rows as fit are copied at once. */
export const STRIP_BYTES = 2 ** 16;

const times = (count: number, make: () => number): number[] => Array.from({ length: count }, make);

export class Workbench {
  readonly kernels: RowKernels;
  readonly bytes: Uint8Array;
  /** Of each tile two histograms of int32. */
  readonly histograms: Int32Array;
  /** Of each shade four bytes, for each of the gaps between tiles along a row. */
  readonly blendTables: Uint32Array;
  /** Of each pixel in a row, as float32. */
  readonly weights: Float32Array;
  /** Addresses of what is above. */
  readonly histogramsAt: number;
  readonly blendTablesAt: number;
  readonly weightsAt: number;
  /** Addresses of the first pixels: of the strip, of edges in a row, and of rows that are used in turn. */
  readonly stripAt: number;
  readonly edgesAt: number;
  readonly evenedAt: readonly number[];
  readonly dxAt: readonly number[];
  readonly dyAt: readonly number[];
  readonly strengthAt: readonly number[];
  /** A row in which nothing is strong. */
  readonly noStrengthAt: number;
  #used = 0;

  constructor() {
    this.kernels = openRowKernels();
    const { buffer } = this.kernels.memory;
    const wideRow = () => this.#reserve(WIDE_ROW_BYTES) + 2 * MARGIN;
    const row = () => this.#reserve(ROW_BYTES) + MARGIN;
    this.histogramsAt = this.#reserve(TILES * 2 * SHADES * 4);
    this.blendTablesAt = this.#reserve((TILES + 1) * SHADES * 4);
    this.weightsAt = this.#reserve((LARGEST_SIZE + MARGIN) * 4);
    this.evenedAt = times(3, row);
    this.edgesAt = row();
    this.dxAt = times(2, wideRow);
    this.dyAt = times(2, wideRow);
    this.strengthAt = times(3, wideRow);
    this.noStrengthAt = wideRow();
    this.stripAt = this.#reserve(STRIP_BYTES);
    this.bytes = new Uint8Array(buffer);
    this.histograms = new Int32Array(buffer, this.histogramsAt, TILES * 2 * SHADES);
    this.blendTables = new Uint32Array(buffer, this.blendTablesAt, (TILES + 1) * SHADES);
    this.weights = new Float32Array(buffer, this.weightsAt, LARGEST_SIZE);
  }

  #reserve(bytes: number): number {
    const at = this.#used;
    this.#used += bytes;
    return at;
  }
}
