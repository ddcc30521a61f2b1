/** The inner loops of deflating, in WebAssembly: counting and adding up bytes, writing their codes. */

import { add, countByte, entry, get, int, next } from './wat/text.ts';

export interface DeflateKernels {
  /** Adds to two histograms of 256 int32, for bytes in turn. */
  count(from: number, end: number, histograms: number): void;
  /**
   * The Adler-32 checksum of what came before and of these bytes.
   * @param end at most 4096 behind `from`: no sum may outgrow 32 bits.
   */
  adler(from: number, end: number, checksum: number): number;
  /** Appends the code of each byte: of it `codes` has an int32, the length above 16 bits of code. */
  emit(from: number, end: number, codes: number): void;
  /** Appends up to 24 bits, the lowest first. */
  put(bits: number, count: number): void;
  /** From now on bits go to this address; those that did not fill a byte yet are taken along. Returns the end of what was written. */
  moveTo(to: number): number;
}

/** Where the bits that do not fill a byte are kept, how many, and where they go. The lowest addresses are theirs. */
const PENDING = '(i64.load (i32.const 0))';
const COUNT = '(i64.load (i32.const 8))';
const TARGET = '(i32.load (i32.const 16))';
/** All of that; zero to begin with. */
export const STATE_BYTES = 32;

const COUNTING = `
(func $count (param $from i32) (param $end i32) (param $to i32)
  (local $at i32)
  (if (i32.and (i32.sub ${get('$end')} ${get('$from')}) ${int(1)}) (then
    ${countByte(0)}
    (local.set $from ${add(get('$from'), int(1))})))
  (block $none
    (br_if $none (i32.ge_u ${get('$from')} ${get('$end')}))
    (loop $pairs ${countByte(0)} ${countByte(1)}
      ${next('$pairs', '$from', 2, '$end')})))`;

/** The largest prime below 2^16. */
const ADLER_PRIME = 65_521;

const ADLER = `
(func $adler (param $from i32) (param $end i32) (param $checksum i32) (result i32)
  (local $a i32) (local $b i32)
  (local.set $a (i32.and ${get('$checksum')} ${int(0xffff)}))
  (local.set $b (i32.shr_u ${get('$checksum')} ${int(16)}))
  (loop $bytes
    (local.set $a ${add(get('$a'), `(i32.load8_u ${get('$from')})`)})
    (local.set $b ${add(get('$b'), get('$a'))})
    ${next('$bytes', '$from', 1, '$end')})
  (i32.or
    (i32.rem_u ${get('$a')} ${int(ADLER_PRIME)})
    (i32.shl (i32.rem_u ${get('$b')} ${int(ADLER_PRIME)}) ${int(16)})))`;

const LOCALS = '(local $pending i64) (local $count i64) (local $target i32) (local $code i64)';
const OPEN = `(local.set $pending ${PENDING}) (local.set $count ${COUNT}) (local.set $target ${TARGET})`;
/** Writes eight bytes; those that are full stay. */
const FLUSH = `
  (i64.store ${get('$target')} ${get('$pending')})
  (local.set $target ${add(get('$target'), `(i32.wrap_i64 (i64.shr_u ${get('$count')} (i64.const 3)))`)})
  (local.set $pending (i64.shr_u ${get('$pending')} (i64.and ${get('$count')} (i64.const -8))))
  (local.set $count (i64.and ${get('$count')} (i64.const 7)))`;
const CLOSE = `
  (i64.store ${int(0)} ${get('$pending')})
  (i64.store ${int(8)} ${get('$count')})
  (i32.store ${int(16)} ${get('$target')})`;
/** Fits as long as no code has more than CODE_LIMIT_BITS: four times that and seven bits before. */
const append = (offset: number) => `
  (local.set $code (i64.load32_u ${entry('$codes', `(i32.load8_u offset=${offset} ${get('$from')})`)}))
  (local.set $pending (i64.or ${get('$pending')}
    (i64.shl (i64.and ${get('$code')} (i64.const ${0xffff})) ${get('$count')})))
  (local.set $count (i64.add ${get('$count')} (i64.shr_u ${get('$code')} (i64.const 16))))`;
/** Of a code, so that four fit into 64 bits beside those of a byte that is not full. */
export const CODE_LIMIT_BITS = 14;

const EMIT = `
(func $emit (param $from i32) (param $end i32) (param $codes i32) (local $last i32) ${LOCALS}
  ${OPEN}
  (local.set $last (i32.sub ${get('$end')} ${int(3)}))
  (block $few
    (br_if $few (i32.ge_u ${get('$from')} ${get('$last')}))
    (loop $fours ${append(0)} ${append(1)} ${append(2)} ${append(3)} ${FLUSH}
      ${next('$fours', '$from', 4, '$last')}))
  (block $none
    (br_if $none (i32.ge_u ${get('$from')} ${get('$end')}))
    (loop $ones ${append(0)} ${FLUSH}
      ${next('$ones', '$from', 1, '$end')}))
  ${CLOSE})
(func $put (param $bits i32) (param $bitCount i32) ${LOCALS}
  ${OPEN}
  (local.set $pending (i64.or ${get('$pending')} (i64.shl (i64.extend_i32_u ${get('$bits')}) ${get('$count')})))
  (local.set $count (i64.add ${get('$count')} (i64.extend_i32_u ${get('$bitCount')})))
  ${FLUSH}
  ${CLOSE})
(func $moveTo (param $to i32) (result i32) (local $target i32)
  (local.set $target ${TARGET})
  (i32.store ${int(16)} ${get('$to')})
  ${get('$target')})`;

export const DEFLATE_KERNELS = COUNTING + ADLER + EMIT;
