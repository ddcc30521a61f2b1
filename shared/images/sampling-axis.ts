/**
 * Where the pixels of a model's square come from, along one side of a picture: Pillow's geometry, which is torchvision's,
 * cut down to the pixels that are needed and, for large pictures, on top of a reduction that the decoder has made.
 */

/** A side as the decoder has to deliver it, and its weights. */
export interface SamplingAxis {
  /** Pixels of the original that are needed: `length` from `start` on, brought to `length / shrink`. */
  readonly start: number;
  readonly length: number;
  readonly shrink: number;
  /** For each pixel of the square: the first delivered pixel that counts, and how many do. */
  readonly firsts: Int32Array;
  readonly counts: Int32Array;
  /** `stride` of them for each pixel of the square; what is beyond its count is 0. */
  readonly weights: Float64Array;
  readonly stride: number;
}

export interface AxisOptions {
  /** Pixels of the original side. */
  readonly source: number;
  /** Pixels of that side when the picture has been resized. */
  readonly resized: number;
  /** The square's first pixel in the resized side, and its size. */
  readonly from: number;
  readonly size: number;
  /** Original pixels that the decoder averages into one, by a triangle as wide as two of its own; 1 = none. */
  readonly shrink: number;
}

export function samplingAxis({ source, resized, from, size, shrink }: AxisOptions): SamplingAxis {
  const scale = source / resized;
  const reach = Math.max(scale, 1);
  const centreOf = (at: number) => (from + at + 0.5) * scale;
  const start = floorTo(Math.max(0, Math.trunc(centreOf(0) - reach)), shrink);
  const wanted = Math.min(source, Math.ceil(centreOf(size - 1) + reach)) - start;
  // Whole groups alone, so that each delivered pixel lies where it is taken to lie.
  const length = Math.min(floorTo(source - start, shrink), floorTo(wanted + shrink - 1, shrink));
  const delivered = length / shrink;
  // The two filters after one another are as wide as the one that is meant when their variances add up to its own.
  const support = shrink === 1 ? reach : Math.sqrt((scale / shrink) ** 2 - 1);
  const stride = Math.ceil(support) * 2 + 1;
  const firsts = new Int32Array(size);
  const counts = new Int32Array(size);
  const weights = new Float64Array(size * stride);
  for (let at = 0; at < size; at += 1) {
    const centre = (centreOf(at) - start) / shrink;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(delivered, Math.trunc(centre + support + 0.5)) - first;
    const own = weights.subarray(at * stride, at * stride + count);
    for (let tap = 0; tap < count; tap += 1) own[tap] = triangle((first + tap - centre + 0.5) / support);
    const sum = own.reduce((total, weight) => total + weight, 0);
    for (let tap = 0; tap < count; tap += 1) own[tap] = (own[tap] ?? 0) / sum;
    firsts[at] = first;
    counts[at] = count;
  }
  return { start, length, shrink, firsts, counts, weights, stride };
}

function triangle(distance: number): number {
  return Math.max(0, 1 - Math.abs(distance));
}

function floorTo(value: number, step: number): number {
  return value - (value % step);
}
