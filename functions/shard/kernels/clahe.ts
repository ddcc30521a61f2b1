/** The inner loops of CLAHE, a row of pixels at a time: four are blended at once. What they do: ../mask/row-kernels.ts. */

import { countByte, countPair, entryOf } from './histogram';

/** Of the two histograms of a tile. */
const TILE_BYTES = 2 * 4 * 256;

export function count(row: usize, size: usize, tileSize: usize, histograms: usize): void {
  const last = row + size;
  let from = row;
  while (from < last) {
    const end = min(from + tileSize, last);
    for (; from < end - 1; from += 2) countPair(from, histograms);
    if (from < end) countByte(from, histograms);
    from = end;
    histograms += TILE_BYTES;
  }
}

/** Of four pixels, what the tables have for each: four bytes a lane. */
function lookUp(tables: usize, pixels: u32): v128 {
  const one = v128.load_zero<u32>(entryOf(tables, pixels & 0xff));
  const two = v128.load_lane<u32>(entryOf(tables, (pixels >> 8) & 0xff), one, 1);
  const three = v128.load_lane<u32>(entryOf(tables, (pixels >> 16) & 0xff), two, 2);
  return v128.load_lane<u32>(entryOf(tables, pixels >> 24), three, 3);
}

/** Of each lane the byte that has `above` bits above it, as float32. A mask would be made anew for each: a fifth slower. */
function shadesOf(found: v128, above: i32): v128 {
  return f32x4.convert_i32x4_s(i32x4.shr_u(i32x4.shl(found, above), 24));
}

function mix(a: v128, aWeight: v128, b: v128, bWeight: v128): v128 {
  return f32x4.add(f32x4.mul(a, aWeight), f32x4.mul(b, bWeight));
}

export function blend(
  row: usize,
  to: usize,
  start: usize,
  end: usize,
  tables: usize,
  weights: usize,
  lower: f32,
): void {
  const one = f32x4.splat(1);
  const bottom = f32x4.splat(lower);
  const top = f32x4.sub(one, bottom);
  for (let x = start; x < end; x += 4) {
    const found = lookUp(tables, load<u32>(row + x));
    const right = v128.load(entryOf(weights, x));
    const left = f32x4.sub(one, right);
    const above = mix(shadesOf(found, 24), left, shadesOf(found, 16), right);
    const below = mix(shadesOf(found, 8), left, shadesOf(found, 0), right);
    const shades = i32x4.trunc_sat_f32x4_s(f32x4.nearest(mix(above, top, below, bottom)));
    const narrow = i16x8.narrow_i32x4_s(shades, shades);
    v128.store_lane<u32>(to + x, i8x16.narrow_i16x8_u(narrow, narrow), 0);
  }
}
