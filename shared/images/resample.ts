/**
 * Shrinks pictures as torchvision does with antialiasing: Pillow's bilinear filter, a triangle as wide as what it
 * averages, along the rows and then along the columns, rounded to 8 bits after each. None of sharp's kernels is it.
 */

import type { SamplingAxis } from './sampling-axis.ts';

export interface Raster {
  /** Interleaved, 8 bits a sample. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** The square that `columns` and `rows` describe, with the channels of `source`. */
export function resample(source: Raster, columns: SamplingAxis, rows: SamplingAxis): Uint8Array {
  const stride = columns.firsts.length * source.channels;
  const narrow = new Uint8Array(source.height * stride);
  for (let y = 0; y < source.height; y += 1) filterRow(source, y, columns, narrow);
  const square = new Uint8Array(rows.firsts.length * stride);
  const sums = new Float64Array(stride);
  for (let y = 0; y < rows.firsts.length; y += 1) {
    addRows(narrow, rows, y, sums);
    for (let at = 0; at < stride; at += 1) square[y * stride + at] = sums[at] ?? 0;
  }
  freeBytes(narrow);
  return square;
}

/** At once: garbage collection may come only after several more pictures. */
export function freeBytes({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

function filterRow(
  { pixels, width, channels }: Raster,
  y: number,
  { firsts, counts, weights, stride }: SamplingAxis,
  target: Uint8Array,
): void {
  let to = y * firsts.length * channels;
  for (let x = 0; x < firsts.length; x += 1) {
    const from = (y * width + (firsts[x] ?? 0)) * channels;
    const count = counts[x] ?? 0;
    for (let channel = 0; channel < channels; channel += 1) {
      let sum = 0.5;
      let at = from + channel;
      for (let tap = 0; tap < count; tap += 1) {
        sum += (weights[x * stride + tap] ?? 0) * (pixels[at] ?? 0);
        at += channels;
      }
      target[to] = sum;
      to += 1;
    }
  }
}

/** `sums` becomes row `y` of the square, not yet cut to whole numbers. */
function addRows(
  narrow: Uint8Array,
  { firsts, counts, weights, stride }: SamplingAxis,
  y: number,
  sums: Float64Array,
): void {
  sums.fill(0.5);
  const count = counts[y] ?? 0;
  for (let tap = 0; tap < count; tap += 1) {
    const weight = weights[y * stride + tap] ?? 0;
    const from = ((firsts[y] ?? 0) + tap) * sums.length;
    for (let at = 0; at < sums.length; at += 1)
      sums[at] = (sums[at] ?? 0) + weight * (narrow[from + at] ?? 0);
  }
}
