/** The inner loops of writing a PNG as one module with a memory. */

import { DEFLATE_KERNELS, type DeflateKernels } from './deflate-kernels.ts';
import { PAETH_KERNEL, type PaethKernel } from './paeth-kernel.ts';
import { assemble } from './wat/assemble.ts';

export interface PngKernels extends DeflateKernels, PaethKernel {
  readonly memory: WebAssembly.Memory;
}

/** Of 64 KiB. */
const PAGES = 6;

/** With a memory of its own. */
export function openPngKernels(): PngKernels {
  const module = new WebAssembly.Module(assemble(PAGES, PAETH_KERNEL + DEFLATE_KERNELS));
  return new WebAssembly.Instance(module).exports as unknown as PngKernels;
}
