/** The inner loop of filtering a PNG's rows, in WebAssembly: eight bytes at once. */

import { add, get, int, next } from './wat/text.ts';

export interface PaethKernel {
  /**
   * Writes at `to` the differences to the neighbour, on the left, above or at that corner, that is nearest to left + above -
   * corner: Paeth's filter. Up to seven bytes behind may be overwritten.
   */
  paeth(above: number, row: number, to: number, bytes: number, channels: number): void;
}

/** Eight bytes as int16. */
const eight = (row: string) => `(v128.load8x8_u ${add(row, get('$x'))})`;
const distance = (a: string, b: string) => `(i16x8.abs (i16x8.sub ${get(a)} ${get(b)}))`;
const isAtMost = (a: string, b: string) => `(i16x8.le_s ${get(a)} ${get(b)})`;

export const PAETH_KERNEL = `
(func $paeth (param $above i32) (param $row i32) (param $to i32) (param $bytes i32) (param $channels i32)
  (local $x i32) (local $left v128) (local $up v128) (local $corner v128)
  (local $toLeft v128) (local $toUp v128) (local $toCorner v128) (local $byte v128)
  (local.set $byte (i16x8.splat ${int(0xff)}))
  (loop $bytes
    (local.set $left ${eight(`(i32.sub ${get('$row')} ${get('$channels')})`)})
    (local.set $up ${eight(get('$above'))})
    (local.set $corner ${eight(`(i32.sub ${get('$above')} ${get('$channels')})`)})
    ;; How far each is from left + up - corner.
    (local.set $toLeft ${distance('$up', '$corner')})
    (local.set $toUp ${distance('$left', '$corner')})
    (local.set $toCorner (i16x8.abs (i16x8.sub
      (i16x8.add ${get('$left')} ${get('$up')}) (i16x8.add ${get('$corner')} ${get('$corner')}))))
    (local.set $up (v128.bitselect ${get('$up')} ${get('$corner')} ${isAtMost('$toUp', '$toCorner')}))
    (local.set $left (v128.bitselect ${get('$left')} ${get('$up')}
      (v128.and ${isAtMost('$toLeft', '$toUp')} ${isAtMost('$toLeft', '$toCorner')})))
    (local.set $left (v128.and ${get('$byte')} (i16x8.sub ${eight(get('$row'))} ${get('$left')})))
    (v128.store64_lane 0 ${add(get('$to'), get('$x'))} (i8x16.narrow_i16x8_u ${get('$left')} ${get('$left')}))
    ${next('$bytes', '$x', 8, '$bytes')})
  ;; On the left of the first pixel there is zero, not the end of the row above.
  (local.set $x ${int(0)})
  (loop $first
    (i32.store8 ${add(get('$to'), get('$x'))} (i32.sub
      (i32.load8_u ${add(get('$row'), get('$x'))}) (i32.load8_u ${add(get('$above'), get('$x'))})))
    ${next('$first', '$x', 1, '$channels')}))`;
