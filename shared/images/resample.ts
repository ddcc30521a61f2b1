/**
 * Shrinks pictures as torchvision does with antialiasing: Pillow's bilinear filter, a triangle as wide as what it
 * averages, along the rows and then along the columns, rounded to 8 bits after each. None of sharp's kernels is it.
 */

export interface Raster {
  /** Interleaved, three channels of 8 bits. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A window of the resized picture, in its pixels. */
export interface ResizedWindow {
  /** Size of the whole resized picture. */
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  /** Width and height of the window. */
  readonly size: number;
}

export const CHANNELS = 3;

/** The shorter side becomes `resize`, the longer one follows, cut to whole pixels; then the square in the middle. */
export function centreWindow(width: number, height: number, resize: number, crop: number): ResizedWindow {
  const shorter = Math.min(width, height);
  const resizedWidth = Math.trunc((resize * width) / shorter);
  const resizedHeight = Math.trunc((resize * height) / shorter);
  return {
    width: resizedWidth,
    height: resizedHeight,
    left: roundHalfEven((resizedWidth - crop) / 2),
    top: roundHalfEven((resizedHeight - crop) / 2),
    size: crop,
  };
}

/** Only the window is computed, and of the source only the rows that it needs. */
export function resample(source: Raster, window: ResizedWindow): Uint8Array {
  const columns = taps(source.width, window.width, window.left, window.size);
  const rows = taps(source.height, window.height, window.top, window.size);
  const firstRow = rows[0]?.first ?? 0;
  const last = rows.at(-1);
  const rowsNeeded = last === undefined ? 0 : last.first + last.weights.length - firstRow;
  const narrow = new Uint8Array(rowsNeeded * window.size * CHANNELS);
  for (let y = 0; y < rowsNeeded; y += 1) {
    filter(
      source.pixels,
      (firstRow + y) * source.width * CHANNELS,
      CHANNELS,
      columns,
      narrow,
      y * window.size,
    );
  }
  const square = new Uint8Array(window.size * window.size * CHANNELS);
  const stride = window.size * CHANNELS;
  for (const [y, row] of rows.entries()) {
    const shifted = [{ first: row.first - firstRow, weights: row.weights }];
    for (let x = 0; x < window.size; x += 1) {
      filter(narrow, x * CHANNELS, stride, shifted, square, y * window.size + x);
    }
  }
  return square;
}

interface Taps {
  /** Position of the first weight. */
  readonly first: number;
  readonly weights: Float64Array;
}

/** Writes one pixel for each entry of `taps`, from pixel `to` on; neighbours in the source are `step` bytes apart. */
function filter(
  source: Uint8Array,
  origin: number,
  step: number,
  taps: readonly Taps[],
  target: Uint8Array,
  to: number,
): void {
  let out = to * CHANNELS;
  for (const { first, weights } of taps) {
    let red = 0.5;
    let green = 0.5;
    let blue = 0.5;
    let at = origin + first * step;
    for (const weight of weights) {
      red += weight * (source[at] ?? 0);
      green += weight * (source[at + 1] ?? 0);
      blue += weight * (source[at + 2] ?? 0);
      at += step;
    }
    target[out] = red;
    target[out + 1] = green;
    target[out + 2] = blue;
    out += CHANNELS;
  }
}

/** Weights of the pixels from `from` on, of `size` in all, of a side of `target` pixels made from one of `source`. */
function taps(source: number, target: number, from: number, size: number): Taps[] {
  const scale = source / target;
  const support = Math.max(scale, 1);
  return Array.from({ length: size }, (_, at) => {
    const centre = (from + at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(source, Math.trunc(centre + support + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_tap, tap) =>
      Math.max(0, 1 - Math.abs((first + tap - centre + 0.5) / support)),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** As Python's round, which decides where torchvision's centre crop begins. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
