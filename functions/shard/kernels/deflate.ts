/** The inner loops of deflating: counting and adding up bytes, writing their codes. What they do: ../encode/png-kernels.ts. */

import { countByte, countPair } from './histogram';

export function count(from: usize, end: usize, histograms: usize): void {
  if (((end - from) & 1) === 1) {
    countByte(from, histograms);
    from += 1;
  }
  for (; from < end; from += 2) countPair(from, histograms);
}

/** The largest prime below 2^16. */
const ADLER_PRIME: u32 = 65_521;

export function adler(from: usize, end: usize, checksum: u32): u32 {
  let a = checksum & 0xffff;
  let b = checksum >> 16;
  for (; from < end; from += 1) {
    a += load<u8>(from);
    b += a;
  }
  return (a % ADLER_PRIME) | ((b % ADLER_PRIME) << 16);
}
