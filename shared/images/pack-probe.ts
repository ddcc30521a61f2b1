/** The input that packed models are measured and compared with: any size, the range of a normalised image, no patient. */

export function probeInput(dims: readonly number[]): Float32Array {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return Float32Array.from({ length: size }, (_, at) => ((at * 7919) % 4096) / 1024 - 2);
}

/** The largest difference between two answers, as a share of the largest number in the first; Infinity for NaN. */
export function largestDifference(expected: readonly number[], actual: readonly number[]): number {
  const scale = Math.max(1, ...expected.map(Math.abs));
  const differences = expected.map((value, at) => Math.abs(value - (actual[at] ?? Number.NaN)) / scale);
  const largest = Math.max(0, ...differences);
  return expected.length !== actual.length || Number.isNaN(largest) ? Number.POSITIVE_INFINITY : largest;
}
