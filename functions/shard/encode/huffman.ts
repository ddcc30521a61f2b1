/** Huffman codes of limited length, as deflate writes them. */

/** Below a count, for the symbol that it belongs to. */
const SYMBOL_BITS = 9;

/**
 * @param counts how often each of at most 512 symbols occurs, each below 2^22.
 * @param limitBits no code is longer: enough for all symbols.
 * @param lengths receives bits of each symbol's code, zero of those that do not occur.
 */
export function codeLengths(counts: ArrayLike<number>, limitBits: number, lengths: Uint8Array): void {
  const entries = new Uint32Array(counts.length);
  let used = 0;
  for (let symbol = 0; symbol < counts.length; symbol += 1) {
    const count = counts[symbol] ?? 0;
    entries[used] = (count << SYMBOL_BITS) | symbol;
    if (count > 0) used += 1;
  }
  const sorted = entries.subarray(0, used).sort();
  const ofLength = limit(countLengths(sorted), limitBits);
  lengths.fill(0);
  let at = sorted.length;
  // The most frequent symbols are the last ones.
  ofLength.forEach((count, bits) => {
    for (let i = 0; i < count; i += 1) {
      at -= 1;
      lengths[(sorted[at] ?? 0) & (2 ** SYMBOL_BITS - 1)] = bits;
    }
  });
}

/** How many codes of each length the best code has, of entries in rising order. A single symbol has one bit. */
function countLengths(sorted: Uint32Array): number[] {
  const count = sorted.length;
  const weight = (at: number) => (sorted[at] ?? 0) >> SYMBOL_BITS;
  if (count < 2) return [0, count];
  const sums = new Float64Array(count - 1);
  const parents = new Int32Array(2 * count - 1);
  let leaf = 0;
  let inner = 0;
  // The two lightest are joined, again and again: leaves and sums are both in rising order.
  for (let made = 0; made < count - 1; made += 1) {
    for (let side = 0; side < 2; side += 1) {
      const takesLeaf = leaf < count && (inner === made || weight(leaf) <= (sums[inner] ?? 0));
      sums[made] = (sums[made] ?? 0) + (takesLeaf ? weight(leaf) : (sums[inner] ?? 0));
      parents[takesLeaf ? leaf : count + inner] = count + made;
      if (takesLeaf) leaf += 1;
      else inner += 1;
    }
  }
  const depths = new Uint16Array(2 * count - 1);
  const ofLength: number[] = [];
  for (let node = 2 * count - 3; node >= 0; node -= 1) {
    const depth = (depths[parents[node] ?? 0] ?? 0) + 1;
    depths[node] = depth;
    if (node < count) ofLength[depth] = (ofLength[depth] ?? 0) + 1;
  }
  return Array.from(ofLength, (found) => found ?? 0);
}

/** Shortens what is too long; for that, others become longer until there are codes for all. */
function limit(ofLength: readonly number[], limitBits: number): number[] {
  const limited = Array.from({ length: limitBits + 1 }, (_, bits) => ofLength[bits] ?? 0);
  for (const tooLong of ofLength.slice(limitBits + 1))
    limited[limitBits] = (limited[limitBits] ?? 0) + tooLong;
  const room = 2 ** limitBits;
  const share = (bits: number) => 2 ** (limitBits - bits);
  let used = limited.reduce((sum, count, bits) => sum + (bits === 0 ? 0 : count * share(bits)), 0);
  while (used > room) {
    // One of the longest goes beside the longest of the shorter ones, which gets a bit more.
    const bits = limited.findLastIndex((count, at) => count > 0 && at < limitBits);
    limited[limitBits] = (limited[limitBits] ?? 0) - 1;
    limited[bits] = (limited[bits] ?? 0) - 1;
    limited[bits + 1] = (limited[bits + 1] ?? 0) + 2;
    used -= 1;
  }
  return limited;
}

/**
 * @param codes receives of each symbol the code, its first bit lowest, and the length above 16 bits.
 */
export function canonicalCodes(lengths: Uint8Array, codes: Uint32Array): void {
  let code = 0;
  for (let bits = 1; bits <= 15; bits += 1) {
    for (let symbol = 0; symbol < lengths.length; symbol += 1) {
      if (lengths[symbol] !== bits) continue;
      codes[symbol] = reverse(code, bits) | (bits << 16);
      code += 1;
    }
    code <<= 1;
  }
}

function reverse(code: number, bits: number): number {
  let reversed = 0;
  for (let i = 0; i < bits; i += 1) reversed |= ((code >> i) & 1) << (bits - 1 - i);
  return reversed;
}
