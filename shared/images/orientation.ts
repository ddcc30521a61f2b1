/** How a camera held its picture (the EXIF tag Orientation, 1 to 8): undone on the small square, as large pictures only turn in memory whole. */

import { CHANNELS } from './normalise.ts';

/** The upright pixel (x, y) is the stored one at (x, y), or (y, x) where `swapped`, counted from the far side where mirrored. */
export interface Orientation {
  readonly swapped: boolean;
  readonly mirroredX: boolean;
  readonly mirroredY: boolean;
}

/** Values that EXIF does not know are taken for 1, upright. */
export function readOrientation(tag = 1): Orientation {
  return {
    swapped: [5, 6, 7, 8].includes(tag),
    mirroredX: [2, 3, 7, 8].includes(tag),
    mirroredY: [3, 4, 6, 7].includes(tag),
  };
}

/** @param square RGB, interleaved, `size` pixels each way, as stored. */
export function turnUpright(
  square: Uint8Array,
  size: number,
  { swapped, mirroredX, mirroredY }: Orientation,
): Uint8Array {
  if (!swapped && !mirroredX && !mirroredY) return square;
  const upright = new Uint8Array(square.length);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const [alongX, alongY] = swapped ? [y, x] : [x, y];
      const fromX = mirroredX ? size - 1 - alongX : alongX;
      const fromY = mirroredY ? size - 1 - alongY : alongY;
      const from = (fromY * size + fromX) * CHANNELS;
      upright.set(square.subarray(from, from + CHANNELS), (y * size + x) * CHANNELS);
    }
  }
  return upright;
}
