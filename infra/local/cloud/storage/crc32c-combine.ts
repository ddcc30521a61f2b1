/** The CRC32C of two joined byte strings from the checksums of each, without their bytes. */

/** Castagnoli's polynomial, bit-reversed. */
const POLYNOMIAL = 0x82f63b78;

/** A 32×32 matrix over GF(2): entry n is what bit n of a register becomes. */
type Matrix = Uint32Array;

/** SHIFTS[k] runs a register over 2^k zero bytes; grown as longer parts ask for it. */
const SHIFTS: Matrix[] = [shiftByOneByte()];

/**
 * A CRC is linear over GF(2): the first part's register is run over as many zero bytes as the second part is long, and
 * the second part's checksum is added.
 */
export function combineCrc32c(first: number, second: number, secondSizeBytes: number): number {
  let register = first;
  let remainingBytes = secondSizeBytes;
  for (let k = 0; remainingBytes > 0; k += 1) {
    if (remainingBytes % 2 === 1) register = times(shift(k), register);
    // Not a bit shift: sizes exceed 2^32.
    remainingBytes = Math.floor(remainingBytes / 2);
  }
  return (register ^ second) >>> 0;
}

function shift(k: number): Matrix {
  const known = SHIFTS[k];
  if (known !== undefined) return known;
  const half = shift(k - 1);
  const squared = half.map((column) => times(half, column));
  SHIFTS[k] = squared;
  return squared;
}

function shiftByOneByte(): Matrix {
  return Uint32Array.from({ length: 32 }, (_, bit) => {
    let register = (1 << bit) >>> 0;
    for (let step = 0; step < 8; step += 1) {
      register = register & 1 ? (register >>> 1) ^ POLYNOMIAL : register >>> 1;
    }
    return register;
  });
}

function times(matrix: Matrix, vector: number): number {
  let sum = 0;
  let bits = vector;
  for (let bit = 0; bits !== 0; bit += 1, bits >>>= 1) {
    if (bits & 1) sum ^= matrix[bit] ?? 0;
  }
  return sum >>> 0;
}
