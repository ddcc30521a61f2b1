/** Which part of a picture a model sees, and how its two sides are brought to the model's square. */

import type { ImagePreprocessing } from '../models/image-card.ts';
import type { Orientation } from './orientation.ts';
import { type SamplingAxis, samplingAxis } from './sampling-axis.ts';

/** The decoder averages pixels first when that still leaves this many times `resize` on the shorter side. */
const OWN_FILTER_SIDES = 4;

/** Along the sides of the picture as it is stored. */
export interface Sampling {
  readonly columns: SamplingAxis;
  readonly rows: SamplingAxis;
}

/**
 * The shorter side becomes `resize`, the longer one follows, cut to whole pixels; then the square in the middle.
 *
 * @param width of the picture as it is stored, in pixels; its orientation says which way up it is.
 */
export function planSampling(
  width: number,
  height: number,
  { resize, crop }: Pick<ImagePreprocessing, 'resize' | 'crop'>,
  { mirroredX, mirroredY }: Orientation,
): Sampling {
  const shorter = Math.min(width, height);
  const shrink = Math.max(1, Math.floor(shorter / (resize * OWN_FILTER_SIDES)));
  const axis = (source: number, mirrored: boolean): SamplingAxis => {
    const resized = Math.trunc((resize * source) / shorter);
    const margin = roundHalfEven((resized - crop) / 2);
    const from = mirrored ? resized - crop - margin : margin;
    return samplingAxis({ source, resized, from, size: crop, shrink });
  };
  return { columns: axis(width, mirroredX), rows: axis(height, mirroredY) };
}

/** As Python's round, which decides where torchvision's centre crop begins. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
