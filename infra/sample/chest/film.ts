/** Turns shades in floating point into the 8-bit grey picture of full size, with the grain of a detector. */

import { createRandom, type Random } from '../random.ts';
import type { Field } from './field.ts';

/** Pixels of the picture, along each axis, for one of the field: the chest is drawn small and enlarged here. */
export const ENLARGEMENT = 5;
const GRAIN_SAMPLES = 2 ** 18;
/** Grey levels of noise, and how much more of it there is where little light came through. */
const GRAIN_BASE = 1.7;
const GRAIN_BRIGHT = 1.9;

let grain: Float32Array | undefined;

/** Row by row, one byte a pixel. `widthPx` and `heightPx` are at most ENLARGEMENT × (field − 1). */
export function developFilm(
  field: Field,
  widthPx: number,
  heightPx: number,
  random: Random,
): Uint8Array<ArrayBuffer> {
  const exposure = { centre: random.normal(0.52, 0.012), contrast: random.normal(6, 0.25) };
  const grey = field.values.map(
    (shade) => 255 / (1 + Math.exp(-exposure.contrast * (shade - exposure.centre))),
  );
  grain ??= prepareGrain();
  const { columns } = field;
  const film = new Uint8ClampedArray(widthPx * heightPx);
  const line = new Float32Array(columns);
  for (let y = 0; y < heightPx; y += 1) {
    const top = Math.floor(y / ENLARGEMENT);
    enlargeDown(grey, columns, top, (y % ENLARGEMENT) / ENLARGEMENT, line);
    // Each row starts at its own place in the noise, so that no pattern repeats.
    exposeRow(line, film, y * widthPx, widthPx, grain, Math.floor(random.next() * GRAIN_SAMPLES));
  }
  return new Uint8Array(film.buffer);
}

function enlargeDown(
  grey: Float32Array,
  columns: number,
  top: number,
  down: number,
  line: Float32Array,
): void {
  const start = top * columns;
  for (let column = 0; column < columns; column += 1) {
    const upper = grey[start + column] ?? 0;
    line[column] = upper + ((grey[start + columns + column] ?? 0) - upper) * down;
  }
}

function exposeRow(
  line: Float32Array,
  film: Uint8ClampedArray,
  offset: number,
  widthPx: number,
  noise: Float32Array,
  noiseStart: number,
): void {
  for (let x = 0; x < widthPx; x += 1) {
    const column = (x / ENLARGEMENT) | 0;
    const left = line[column] ?? 0;
    const value = left + (((line[column + 1] ?? 0) - left) * (x % ENLARGEMENT)) / ENLARGEMENT;
    const amount = GRAIN_BASE + (GRAIN_BRIGHT / 255) * value;
    film[offset + x] = value + amount * (noise[(noiseStart + x) & (GRAIN_SAMPLES - 1)] ?? 0);
  }
}

/** Gaussian noise, slightly blurred along the row as detectors do. The same in every picture, as if of one detector. */
function prepareGrain(): Float32Array {
  const random = createRandom('grain');
  let previous = 0;
  return Float32Array.from({ length: GRAIN_SAMPLES }, () => {
    const current = random.normal(0, 1);
    const value = 0.85 * current + 0.5 * previous;
    previous = current;
    return value;
  });
}
