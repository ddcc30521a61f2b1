/** Compresses what is in the memory of the PNG kernels as zlib does, with Huffman codes alone: repeats are not looked for. */

import type { CollectedBytes } from './collected-bytes.ts';
import { canonicalCodes, codeLengths } from './huffman.ts';
import { CODE_LIMIT_BITS, type PngKernels, STATE_BYTES } from './png-kernels.ts';

const BYTE_VALUES = 256;
/** Behind the bytes. */
const END_OF_BLOCK = 256;
const SYMBOLS = 257;
/** Two codes for distances, of which neither is used, as zlib writes where there are none: not every reader takes less. */
const DISTANCES = 2;
/** Each symbol's code length is itself written with four bits, which needs no table to be made. */
const LENGTH_BITS = 4;
const LENGTH_VALUES = 16;
/** How many kinds of lengths there are, and the first of them, which are for runs, that we do not use. */
const LENGTH_KINDS = 19;
const RUN_KINDS = 3;

const ZLIB_HEADER = Uint8Array.of(0x78, 0x01);
const DYNAMIC_BLOCK = 2;
const ADLER_STEP_BYTES = 4096;
const HISTOGRAMS = 2;

/** Of the memory that a Deflater needs, before what comes out: 4 KB. */
const AREA_BYTES = 4 * (HISTOGRAMS * BYTE_VALUES + SYMBOLS + LENGTH_VALUES) + SYMBOLS + DISTANCES;

export class Deflater {
  readonly #kernels: PngKernels;
  readonly #bytes: Uint8Array;
  readonly #histograms: Uint32Array;
  readonly #codes: Uint32Array;
  readonly #lengths: Uint8Array;
  readonly #counts = new Uint32Array(SYMBOLS);
  readonly #outAt: number;
  readonly #lengthCodesAt: number;
  #adler = 1;

  /** @param area address from which it may use the kernels' memory, a multiple of four. */
  constructor(kernels: PngKernels, area: number) {
    this.#kernels = kernels;
    const { buffer } = kernels.memory;
    this.#bytes = new Uint8Array(buffer);
    this.#histograms = new Uint32Array(buffer, area, HISTOGRAMS * BYTE_VALUES);
    this.#codes = new Uint32Array(buffer, area + this.#histograms.byteLength, SYMBOLS);
    this.#lengthCodesAt = this.#codes.byteOffset + this.#codes.byteLength;
    const lengthCodes = new Uint32Array(buffer, this.#lengthCodesAt, LENGTH_VALUES);
    canonicalCodes(new Uint8Array(LENGTH_VALUES).fill(LENGTH_BITS), lengthCodes);
    const lengthsAt = this.#lengthCodesAt + lengthCodes.byteLength;
    this.#lengths = new Uint8Array(buffer, lengthsAt, SYMBOLS + DISTANCES).fill(1);
    this.#outAt = area + AREA_BYTES;
  }

  start(output: CollectedBytes): void {
    output.add(ZLIB_HEADER);
    this.#adler = 1;
    this.#bytes.fill(0, 0, STATE_BYTES);
    this.#kernels.moveTo(this.#outAt);
  }

  /** Compresses the bytes between two addresses, at least one. */
  addBlock(from: number, end: number, isLast: boolean, output: CollectedBytes): void {
    const kernels = this.#kernels;
    const lengths = this.#lengths.subarray(0, SYMBOLS);
    this.#count(from, end);
    codeLengths(this.#counts, CODE_LIMIT_BITS, lengths);
    canonicalCodes(lengths, this.#codes);
    this.#putHeader(isLast);
    kernels.emit(from, end, this.#codes.byteOffset);
    const last = this.#codes[END_OF_BLOCK] ?? 0;
    kernels.put(last & 0xffff, last >> 16);
    // What is left is less than a byte, which seven bits of zero fill.
    if (isLast) kernels.put(0, 7);
    output.add(this.#bytes.subarray(this.#outAt, kernels.moveTo(this.#outAt)));
    for (let at = from; at < end; at += ADLER_STEP_BYTES) {
      this.#adler = kernels.adler(at, Math.min(at + ADLER_STEP_BYTES, end), this.#adler);
    }
    if (isLast) output.add(Uint8Array.from([24, 16, 8, 0], (shift) => this.#adler >>> shift));
  }

  #count(from: number, end: number): void {
    const histograms = this.#histograms.fill(0);
    this.#kernels.count(from, end, histograms.byteOffset);
    for (let value = 0; value < BYTE_VALUES; value += 1) {
      this.#counts[value] = (histograms[value] ?? 0) + (histograms[value + BYTE_VALUES] ?? 0);
    }
    this.#counts[END_OF_BLOCK] = 1;
  }

  /** RFC 1951, 3.2.7: how many codes of each kind follow, the lengths of the codes of lengths, and the lengths. */
  #putHeader(isLast: boolean): void {
    const { put, emit } = this.#kernels;
    put(Number(isLast) | (DYNAMIC_BLOCK << 1), 3);
    put(SYMBOLS - 257, 5);
    put(DISTANCES - 1, 5);
    put(LENGTH_KINDS - 4, 4);
    for (let kind = 0; kind < LENGTH_KINDS; kind += 1) put(kind < RUN_KINDS ? 0 : LENGTH_BITS, 3);
    const { byteOffset } = this.#lengths;
    emit(byteOffset, byteOffset + SYMBOLS + DISTANCES, this.#lengthCodesAt);
  }
}
