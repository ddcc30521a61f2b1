/**
 * The CRC32C of joined objects from those of the pieces, without their bytes: what a compose must come to. After the
 * method of zlib's crc32_combine: a CRC is a polynomial, and bytes that follow multiply it by a power of x.
 */

/** Castagnoli, bits reversed: bit 31 stands for x^0. */
const POLYNOMIAL = 0x82f63b78;
const ONE = 0x80000000;
const X = 0x40000000;

/** x to the power of 2^k: enough for 2^53 bytes. */
const SQUARES = squares(57);

/** The checksum of A followed by B, B being `lengthOfB` bytes long. */
export function combineCrc32c(ofA: number, ofB: number, lengthOfB: number): number {
  return (multiply(xToThe8(lengthOfB), ofA) ^ ofB) >>> 0;
}

/** x to the power of 8 n. */
function xToThe8(n: number): number {
  let product = ONE;
  for (let k = 3, rest = n; rest > 0; k++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) product = multiply(SQUARES[k] ?? ONE, product);
  }
  return product;
}

/** Product of two polynomials over GF(2), modulo the CRC's. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product >>> 0;
}

function squares(count: number): number[] {
  const powers = [X];
  for (let k = 1; k < count; k++) powers.push(multiply(powers[k - 1] ?? X, powers[k - 1] ?? X));
  return powers;
}
