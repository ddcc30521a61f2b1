/** The attention mask of a picture: what strong outlines enclose, once contrast is evened out. */

import { freeMemory } from '../encode/free-memory.ts';
import { Canny } from './canny.ts';
import { Clahe } from './clahe.ts';
import { FilledContours } from './filled-contours.ts';
import { framedBytes } from './frame.ts';
import { LARGEST_SIZE, Workbench } from './workbench.ts';

interface Workspace {
  readonly size: number;
  readonly clahe: Clahe;
  readonly canny: Canny;
  readonly contours: FilledContours;
  readonly edges: Uint8Array;
}

/** Up to this size a workspace is kept for the next picture: 0.3 MB at 518. Of a larger one there would be too much. */
const KEPT_SIZE = 1024;

/** For pictures of any size. */
let workbench: Workbench | undefined;
/** The last one, for a job has pictures of one size. */
let kept: Workspace | undefined;

/**
 * CLAHE (clip limit 2.0, 8 x 8 tiles), Canny (50, 150), outer contours of an area over 100, filled: the pixels that OpenCV
 * 4.12 and 5.0 set, all of them and no other (attention-mask.test.ts).
 * @param grey `size` x `size`, one byte a pixel; size is at least 16 and at most 2048. Throws a RangeError with more.
 * @returns rows of `ceil(size / 8)` bytes, the leftmost pixel in the highest bit.
 */
export function attentionMask(grey: Uint8Array, size: number): Uint8Array {
  const workspace = kept?.size === size ? kept : openWorkspace(size);
  workspace.canny.find(workspace.clahe.read(grey), workspace.edges);
  const mask = workspace.contours.fill(workspace.edges);
  if (size <= KEPT_SIZE) kept = workspace;
  else freeWorkspace(workspace);
  return mask;
}

function freeWorkspace({ canny, contours, edges }: Workspace): void {
  canny.free();
  contours.free();
  freeMemory(edges);
}

function openWorkspace(size: number): Workspace {
  if (size > LARGEST_SIZE)
    throw new RangeError(`the picture has ${size} pixels along a side, ${LARGEST_SIZE} are allowed`);
  workbench ??= new Workbench();
  return {
    size,
    clahe: new Clahe(workbench, size),
    canny: new Canny(workbench, size),
    contours: new FilledContours(size),
    edges: new Uint8Array(framedBytes(size)),
  };
}
