/** Counting bytes. Who counts uses two histograms in turn, because to add to the same place again at once is slow. */

/** Of 256 int32. */
const HISTOGRAM_BYTES = 4 * 256;

/** The address of a number of four bytes in a table. */
export function entryOf(table: usize, index: usize): usize {
  return table + 4 * index;
}

/** Counts the byte at `from` in the first histogram. */
export function countByte(from: usize, histograms: usize): void {
  const at = entryOf(histograms, load<u8>(from));
  store<u32>(at, load<u32>(at) + 1);
}

/** Counts the byte at `from` in the first histogram, and the one behind it in the second. */
export function countPair(from: usize, histograms: usize): void {
  countByte(from, histograms);
  const at = entryOf(histograms, load<u8>(from, 1));
  store<u32>(at, load<u32>(at, HISTOGRAM_BYTES) + 1, HISTOGRAM_BYTES);
}
