/** Compresses the rows of a picture, each filtered as a PNG's rows may be, as many at once as fit into the kernels' memory. */

import type { CollectedBytes } from './collected-bytes.ts';
import { Deflater } from './deflater.ts';
import { openPngKernels, type PngKernels, STATE_BYTES } from './png-kernels.ts';

/** Of rows with their filter types. Larger blocks fit their codes less well, smaller ones have more tables of codes. */
const BLOCK_BYTES = 2 ** 16;
/** A picture of 2048 pixels of three bytes each. */
const LONGEST_ROW_BYTES = 3 * 2048;
/** What a vector may reach beyond a row. */
const MARGIN = 16;

/** Filter types. */
const NONE = 0;
const PAETH = 4;

const ROWS_AT = STATE_BYTES + MARGIN;
const FILTERED_AT = ROWS_AT + LONGEST_ROW_BYTES + BLOCK_BYTES + MARGIN;
const DEFLATER_AT = FILTERED_AT + BLOCK_BYTES + MARGIN;

export class FilteredRows {
  readonly #kernels: PngKernels = openPngKernels();
  readonly #bytes = new Uint8Array(this.#kernels.memory.buffer);
  readonly #deflater = new Deflater(this.#kernels, DEFLATER_AT);

  /**
   * @param rows `height` of them, of `rowBytes` each, at most 6144. Throws a RangeError with more.
   * @param channels bytes of a pixel; zero leaves the rows unfiltered.
   */
  compress(
    rows: Uint8Array,
    rowBytes: number,
    height: number,
    channels: number,
    output: CollectedBytes,
  ): void {
    if (rowBytes > LONGEST_ROW_BYTES) {
      throw new RangeError(`a row has ${rowBytes} bytes, ${LONGEST_ROW_BYTES} are allowed`);
    }
    const rowsAtOnce = Math.trunc(BLOCK_BYTES / (rowBytes + 1));
    this.#deflater.start(output);
    for (let y = 0; y < height; y += rowsAtOnce) {
      const end = Math.min(y + rowsAtOnce, height);
      const above = Math.max(y - 1, 0);
      // Above the first row there is nothing, which counts as zero.
      if (y === 0) this.#bytes.fill(0, ROWS_AT, ROWS_AT + rowBytes);
      this.#bytes.set(rows.subarray(above * rowBytes, end * rowBytes), ROWS_AT + (y === 0 ? rowBytes : 0));
      const filteredEnd = this.#filter(end - y, rowBytes, channels);
      this.#deflater.addBlock(FILTERED_AT, filteredEnd, end === height, output);
    }
  }

  /** Returns where the filtered rows end. */
  #filter(count: number, rowBytes: number, channels: number): number {
    const bytes = this.#bytes;
    let to = FILTERED_AT;
    for (let y = 1; y <= count; y += 1) {
      const row = ROWS_AT + y * rowBytes;
      bytes[to] = channels === 0 ? NONE : PAETH;
      if (channels === 0) bytes.copyWithin(to + 1, row, row + rowBytes);
      else this.#kernels.paeth(row - rowBytes, row, to + 1, rowBytes, channels);
      to += rowBytes + 1;
    }
    return to;
  }
}
