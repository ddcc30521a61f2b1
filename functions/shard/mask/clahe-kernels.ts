/** The inner loops of CLAHE, a row of pixels at a time, in WebAssembly: four pixels at once are blended. */

import { add, countByte, entry, get, int, next } from '../encode/wat/text.ts';

export interface ClaheKernels {
  /**
   * Counts the shades of the tiles that a row of `size` pixels passes through. Of each tile there are two histograms of 256
   * int32, for pixels in turn: to add to the same place again at once is slow.
   */
  count(row: number, size: number, tileSize: number, histograms: number): void;
  /**
   * Pixels `start` to `end` of a row between the middles of four tiles. Per shade `tables` has four bytes: the new shade above
   * on the left, above on the right, below on the left and below on the right. Weights are float32: of the right one for each
   * pixel, and of the lower one. It computes as OpenCV does.
   */
  blend(
    row: number,
    to: number,
    start: number,
    end: number,
    tables: number,
    weights: number,
    lower: number,
  ): void;
}

const BYTE = 0xff;
/** Of the two histograms of a tile. */
const TILE_BYTES = 2 * 4 * 256;

const COUNT = `
(func $count (param $from i32) (param $size i32) (param $tile i32) (param $to i32)
  (local $at i32) (local $end i32) (local $last i32) (local $pairs i32)
  (local.set $last ${add(get('$from'), get('$size'))})
  (local.set $end ${get('$from')})
  (loop $tiles
    (local.set $end ${add(get('$end'), get('$tile'))})
    (if (i32.lt_u ${get('$last')} ${get('$end')}) (then (local.set $end ${get('$last')})))
    (local.set $pairs (i32.sub ${get('$end')} ${int(1)}))
    (if (i32.lt_u ${get('$from')} ${get('$pairs')}) (then
      (loop $pixels ${countByte(0)} ${countByte(1)} ${next('$pixels', '$from', 2, '$pairs')})))
    (if (i32.lt_u ${get('$from')} ${get('$end')}) (then
      ${countByte(0)}
      (local.set $from ${get('$end')})))
    (local.set $to ${add(get('$to'), int(TILE_BYTES))})
    (br_if $tiles (i32.lt_u ${get('$from')} ${get('$last')}))))`;

/** Where the new shades of the pixel in a lane are. */
const found = (lane: number) => {
  const shade = `(i32.and (i32.shr_u ${get('$shades')} ${int(8 * lane)}) ${int(BYTE)})`;
  return entry('$tables', shade);
};
const lookUp = (lane: number, vector: string) => `(v128.load32_lane ${lane} ${found(lane)} ${vector})`;
/** One of the four new shades, as float32. */
const corner = (shift: number) =>
  `(f32x4.convert_i32x4_s (v128.and (i32x4.shr_u ${get('$found')} ${int(shift)}) ${get('$byte')}))`;
const mix = (a: string, aWeight: string, b: string, bWeight: string) =>
  `(f32x4.add (f32x4.mul ${a} ${get(aWeight)}) (f32x4.mul ${b} ${get(bWeight)}))`;

const BLEND = `
(func $blend (param $row i32) (param $to i32) (param $x i32) (param $end i32) (param $tables i32)
             (param $weights i32) (param $lower f32)
  (local $shades i32) (local $found v128) (local $byte v128) (local $one v128)
  (local $left v128) (local $right v128) (local $top v128) (local $bottom v128)
  (local.set $byte (i32x4.splat ${int(BYTE)}))
  (local.set $one (f32x4.splat (f32.const 1)))
  (local.set $bottom (f32x4.splat ${get('$lower')}))
  (local.set $top (f32x4.sub ${get('$one')} ${get('$bottom')}))
  (loop $pixels
    (local.set $shades (i32.load ${add(get('$row'), get('$x'))}))
    (local.set $found ${lookUp(3, lookUp(2, lookUp(1, `(v128.load32_zero ${found(0)})`)))})
    (local.set $right (v128.load ${entry('$weights', get('$x'))}))
    (local.set $left (f32x4.sub ${get('$one')} ${get('$right')}))
    (local.set $found (i32x4.trunc_sat_f32x4_s (f32x4.nearest
      (f32x4.add
        (f32x4.mul ${mix(corner(0), '$left', corner(8), '$right')} ${get('$top')})
        (f32x4.mul ${mix(corner(16), '$left', corner(24), '$right')} ${get('$bottom')})))))
    (local.set $found (i16x8.narrow_i32x4_s ${get('$found')} ${get('$found')}))
    (v128.store32_lane 0 ${add(get('$to'), get('$x'))} (i8x16.narrow_i16x8_u ${get('$found')} ${get('$found')}))
    ${next('$pixels', '$x', 4, '$end')}))`;

export const CLAHE_KERNELS = COUNT + BLEND;
