/**
 * The inner loops of CLAHE and Canny as one module with a memory. They work on rows: a row's address is that of its first
 * pixel, and what lies up to 16 pixels before and behind may be read and overwritten.
 */

import { assemble } from '../encode/wat/assemble.ts';
import { CANNY_KERNELS, type CannyKernels } from './canny-kernels.ts';
import { CLAHE_KERNELS, type ClaheKernels } from './clahe-kernels.ts';

export interface RowKernels extends ClaheKernels, CannyKernels {
  readonly memory: WebAssembly.Memory;
}

/** Of 64 KiB. */
const PAGES = 3;

/** With a memory of its own. */
export function openRowKernels(): RowKernels {
  const module = new WebAssembly.Module(assemble(PAGES, CLAHE_KERNELS + CANNY_KERNELS));
  return new WebAssembly.Instance(module).exports as unknown as RowKernels;
}
