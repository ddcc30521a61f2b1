/** Writing codes of some bits each, the lowest bit first. What they do: ../encode/png-kernels.ts. */

import { entryOf } from './histogram';

/** Where the bits are kept that do not fill a byte, how many, and where they go. The lowest addresses are theirs. */
const PENDING_AT: usize = 0;
const COUNT_AT: usize = 8;
const TARGET_AT: usize = 16;

/** Writes eight bytes. Those that are full stay, the rest is kept. */
function save(pending: u64, count: u64, target: usize): void {
  store<u64>(target, pending);
  store<u64>(PENDING_AT, pending >> (count & ~7));
  store<u64>(COUNT_AT, count & 7);
  store<usize>(TARGET_AT, target + ((count >> 3) as usize));
}

export function put(bits: u32, bitCount: u32): void {
  const count = load<u64>(COUNT_AT);
  save(load<u64>(PENDING_AT) | ((bits as u64) << count), count + bitCount, load<usize>(TARGET_AT));
}

export function moveTo(to: usize): usize {
  const target = load<usize>(TARGET_AT);
  store<usize>(TARGET_AT, to);
  return target;
}

/** An entry of a table of codes: the bits, and how many they are. Two short loads take less than to part one. */
function bitsOf(entry: usize): u64 {
  return load<u16>(entry);
}
function lengthOf(entry: usize): u64 {
  return load<u16>(entry, 2);
}

export function emit(from: usize, end: usize, codes: usize): void {
  let pending = load<u64>(PENDING_AT);
  let count = load<u64>(COUNT_AT);
  let target = load<usize>(TARGET_AT);
  const last = end - 3;
  for (; from < last; from += 4) {
    const a = entryOf(codes, load<u8>(from));
    pending |= bitsOf(a) << count;
    count += lengthOf(a);
    const b = entryOf(codes, load<u8>(from, 1));
    pending |= bitsOf(b) << count;
    count += lengthOf(b);
    const c = entryOf(codes, load<u8>(from, 2));
    pending |= bitsOf(c) << count;
    count += lengthOf(c);
    const d = entryOf(codes, load<u8>(from, 3));
    pending |= bitsOf(d) << count;
    count += lengthOf(d);
    // As in `save`, but kept in registers. No code has more than 14 bits: four of them and seven more fit.
    store<u64>(target, pending);
    target += (count >> 3) as usize;
    pending >>= count & ~7;
    count &= 7;
  }
  save(pending, count, target);
  for (; from < end; from += 1) {
    const entry = entryOf(codes, load<u8>(from));
    put(load<u16>(entry), load<u16>(entry, 2));
  }
}
