/** The inner loops of Canny, a row of pixels at a time, in WebAssembly: eight pixels at once. */

import { add, get, int, next } from '../encode/wat/text.ts';

export interface CannyKernels {
  /** Sobel 3 x 3 of `size` pixels, as int16: how shades change along the row, down the column, and the sum of both amounts. */
  sobel(
    above: number,
    row: number,
    below: number,
    size: number,
    dx: number,
    dy: number,
    strength: number,
  ): void;
  /** Which pixels are stronger than both neighbours across the edge: 0, 1 or, above 150, 2 each, in bytes. */
  thin(
    above: number,
    strength: number,
    below: number,
    size: number,
    dx: number,
    dy: number,
    edges: number,
  ): void;
}

const LOW = 50;
const HIGH = 150;
/** The tangent of 22.5 degrees, in 15 bits. */
const TANGENT = Math.trunc((Math.SQRT2 - 1) * 2 ** 15 + 0.5);

const shorts = (op: string, a: string, b: string) => `(i16x8.${op} ${a} ${b})`;
const twice = (a: string) => shorts('shl', a, int(1));
/** Eight pixels as int16; `by` pixels to the right of the current ones. */
const pixels = (row: string, by: number) =>
  `(v128.load8x8_u offset=${1 + by} (i32.sub ${add(get(row), get('$x'))} ${int(1)}))`;
const abs = (name: string) => `(i16x8.abs ${get(name)})`;
const at16 = (row: string) => add(get(row), `(i32.shl ${get('$x')} ${int(1)})`);

const SOBEL = `
(func $sobel (param $above i32) (param $row i32) (param $below i32) (param $size i32)
             (param $dx i32) (param $dy i32) (param $strength i32)
  (local $x i32) (local $falling v128) (local $rising v128) (local $across v128) (local $down v128)
  (loop $pixels
    (local.set $falling ${shorts('sub', pixels('$below', 1), pixels('$above', -1))})
    (local.set $rising ${shorts('sub', pixels('$above', 1), pixels('$below', -1))})
    (local.set $across ${shorts('add', shorts('add', get('$falling'), get('$rising')), twice(shorts('sub', pixels('$row', 1), pixels('$row', -1))))})
    (local.set $down ${shorts('add', shorts('sub', get('$falling'), get('$rising')), twice(shorts('sub', pixels('$below', 0), pixels('$above', 0))))})
    (v128.store ${at16('$dx')} ${get('$across')})
    (v128.store ${at16('$dy')} ${get('$down')})
    (v128.store ${at16('$strength')} ${shorts('add', abs('$across'), abs('$down'))})
    ${next('$pixels', '$x', 8, '$size')})
  ;; Beyond the picture nothing is strong.
  (local.set $x ${get('$size')})
  (v128.store ${at16('$strength')} (i16x8.splat ${int(0)})))`;

/** Eight strengths, `by` pixels to the right. */
const strengths = (row: string, by: number) =>
  `(v128.load offset=${2 + 2 * by} (i32.sub ${at16(row)} ${int(2)}))`;
/** The first where a mask is set, else the second. */
const choose = (mask: string, a: string, b: string) => `(v128.bitselect ${a} ${b} ${get(mask)})`;
const flatHalf = (half: string) =>
  `(i32x4.shr_u (i32x4.extmul_${half}_i16x8_s ${get('$run')} ${get('$tangent')}) ${int(15)})`;

const THIN = `
(func $thin (param $above i32) (param $row i32) (param $below i32) (param $size i32)
            (param $dx i32) (param $dy i32) (param $edges i32)
  (local $x i32) (local $tangent v128) (local $low v128) (local $high v128) (local $here v128)
  (local $across v128) (local $down v128) (local $run v128) (local $flat v128)
  (local $alongRow v128) (local $alongColumn v128) (local $isRising v128) (local $kept v128)
  (local $first v128) (local $second v128)
  (local.set $tangent (i16x8.splat ${int(TANGENT)}))
  (local.set $low (i16x8.splat ${int(LOW)}))
  (local.set $high (i16x8.splat ${int(HIGH)}))
  (loop $pixels
    (local.set $here ${strengths('$row', 0)})
    (local.set $kept ${shorts('gt_s', get('$here'), get('$low'))})
    (if (v128.any_true ${get('$kept')}) (then
      (local.set $across (v128.load ${at16('$dx')}))
      (local.set $down (v128.load ${at16('$dy')}))
      (local.set $isRising ${shorts('lt_s', `(v128.xor ${get('$across')} ${get('$down')})`, `(i16x8.splat ${int(0)})`)})
      (local.set $run ${abs('$across')})
      (local.set $down ${abs('$down')})
      ;; The height of a line of 22.5 degrees at the end of this run; that of 67.5 degrees is two runs higher.
      (local.set $flat (i16x8.narrow_i32x4_s ${flatHalf('low')} ${flatHalf('high')}))
      (local.set $alongRow ${shorts('le_s', get('$down'), get('$flat'))})
      (local.set $alongColumn ${shorts('gt_s', shorts('sub', get('$down'), twice(get('$run'))), get('$flat'))})
      (local.set $first ${choose('$alongRow', strengths('$row', -1), choose('$alongColumn', strengths('$above', 0), choose('$isRising', strengths('$above', 1), strengths('$above', -1))))})
      (local.set $second ${choose('$alongRow', strengths('$row', 1), choose('$alongColumn', strengths('$below', 0), choose('$isRising', strengths('$below', -1), strengths('$below', 1))))})
      ;; Of two equals the first is kept, on a diagonal neither: there the second counts for one more.
      (local.set $second ${shorts('add', get('$second'), `(v128.andnot (i16x8.splat ${int(1)}) (v128.or ${get('$alongRow')} ${get('$alongColumn')}))`)})
      (local.set $kept (v128.and ${get('$kept')} (v128.and
        ${shorts('gt_s', get('$here'), get('$first'))} ${shorts('ge_s', get('$here'), get('$second'))})))))
    (local.set $first ${shorts('add', get('$kept'), `(v128.and ${get('$kept')} ${shorts('gt_s', get('$here'), get('$high'))})`)})
    (local.set $first (i16x8.neg ${get('$first')}))
    (v128.store64_lane 0 ${add(get('$edges'), get('$x'))} (i8x16.narrow_i16x8_u ${get('$first')} ${get('$first')}))
    ${next('$pixels', '$x', 8, '$size')}))`;

export const CANNY_KERNELS = SOBEL + THIN;
