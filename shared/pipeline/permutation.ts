/**
 * The order of records in the output: a keyed permutation of [0, size) that is computed and never stored, so a global
 * shuffle costs no memory. A Feistel network over the next power of two, with cycle walking back into the range.
 */

import { createHash } from 'node:crypto';

/** More rounds than a large domain needs: halves of a few bits mix slowly. At most 16, as many as a SHA-512 has words. */
const ROUNDS = 12;
/** Halves of 24 bits keep the rounds in 32-bit integer arithmetic and the whole in exact doubles. */
const MAX_BITS = 48;

export const MAX_RECORDS = 2 ** MAX_BITS;

export interface Permutation {
  /** The index, in the manifest, of the record at this position of the output. */
  indexAt(position: number): number;
  /** The inverse: the position in the output of the record with this index. */
  positionOf(index: number): number;
}

/** Throws RangeError for a size that is not in [1, 2^48], and later for a number outside [0, size). */
export function createPermutation(size: number, seed: string): Permutation {
  if (!Number.isInteger(size) || size < 1 || size > MAX_RECORDS) throw new RangeError(`size ${size}`);
  let bits = 0;
  while (2 ** bits < size) bits++;
  const rightBits = bits >>> 1;
  const keys = roundKeys(seed);
  const network = {
    keys,
    radix: 2 ** rightBits,
    leftMask: maskOf(bits - rightBits),
    rightMask: maskOf(rightBits),
  };
  // The network permutes [0, 2^bits) and fewer than half of these lie outside: walking its cycle until it comes back
  // inside takes two steps on average.
  const walk = (step: (network: Network, value: number) => number) => (from: number) => {
    if (!Number.isInteger(from) || from < 0 || from >= size) throw new RangeError(`${from} of ${size}`);
    let value = from;
    do value = step(network, value);
    while (value >= size);
    return value;
  };
  return { indexAt: walk(encrypt), positionOf: walk(decrypt) };
}

interface Network {
  readonly keys: Uint32Array;
  /** 2 to the width of the right half. */
  readonly radix: number;
  readonly leftMask: number;
  readonly rightMask: number;
}

function roundKeys(seed: string): Uint32Array {
  const digest = createHash('sha512').update(`pillbox/permutation/1\n${seed}`).digest();
  return Uint32Array.from({ length: ROUNDS }, (_, round) => digest.readUInt32LE(4 * round));
}

function maskOf(bits: number): number {
  return 2 ** bits - 1;
}

/** Rounds take turns: an even one changes the left half by the right, an odd one the right half by the left. */
function encrypt({ keys, radix, leftMask, rightMask }: Network, value: number): number {
  let left = Math.floor(value / radix);
  let right = value % radix;
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2 === 0) left ^= mix(right, keys[round]) & leftMask;
    else right ^= mix(left, keys[round]) & rightMask;
  }
  return left * radix + right;
}

/** Each round undoes itself, so the inverse is the same rounds from the last to the first. */
function decrypt({ keys, radix, leftMask, rightMask }: Network, value: number): number {
  let left = Math.floor(value / radix);
  let right = value % radix;
  for (let round = ROUNDS - 1; round >= 0; round--) {
    if (round % 2 === 0) left ^= mix(right, keys[round]) & leftMask;
    else right ^= mix(left, keys[round]) & rightMask;
  }
  return left * radix + right;
}

/** A keyed hash of 32 bits in which every input bit reaches every output bit (the finaliser of MurmurHash3). */
function mix(half: number, key = 0): number {
  let hash = half ^ key;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
