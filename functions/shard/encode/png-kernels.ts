/** The inner loops of writing a PNG, from ../kernels, as one module with a memory. */

import { WEBASSEMBLY_BASE64 } from './png-kernels.generated.ts';

interface PaethKernel {
  /**
   * Writes at `to` the differences to the neighbour, on the left, above or at that corner, that is nearest to left + above -
   * corner: Paeth's filter. Up to seven bytes behind may be overwritten.
   */
  paeth(above: number, row: number, to: number, bytes: number, channels: number): void;
}

interface DeflateKernels {
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

export interface PngKernels extends DeflateKernels, PaethKernel {
  readonly memory: WebAssembly.Memory;
}

/** What the lowest addresses keep from call to call: bits that do not fill a byte yet, and where they go. Zero to begin with. */
export const STATE_BYTES = 32;
/** Of a code, so that four fit into 64 bits beside those of a byte that is not full. */
export const CODE_LIMIT_BITS = 14;

/** With a memory of its own. */
export function openPngKernels(): PngKernels {
  const module = new WebAssembly.Module(Buffer.from(WEBASSEMBLY_BASE64, 'base64'));
  return new WebAssembly.Instance(module).exports as unknown as PngKernels;
}
