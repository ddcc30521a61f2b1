/** The inner loop of filtering a PNG's rows: eight bytes at once, as int16. What it does: ../encode/png-kernels.ts. */

function bytesAt(at: usize): v128 {
  return v128.load_ext<u8>(at);
}

function distance(a: v128, b: v128): v128 {
  return i16x8.abs(i16x8.sub(a, b));
}

/** Of three neighbours the one nearest to left + up - corner; of equals, in this order. */
function nearest(left: v128, up: v128, corner: v128): v128 {
  const toLeft = distance(up, corner);
  const toUp = distance(left, corner);
  const toCorner = distance(i16x8.add(left, up), i16x8.add(corner, corner));
  const upOrCorner = v128.bitselect(up, corner, i16x8.le_s(toUp, toCorner));
  const isLeft = v128.and(i16x8.le_s(toLeft, toUp), i16x8.le_s(toLeft, toCorner));
  return v128.bitselect(left, upOrCorner, isLeft);
}

export function paeth(above: usize, row: usize, to: usize, bytes: usize, channels: usize): void {
  const left = row - channels;
  const corner = above - channels;
  for (let x: usize = 0; x < bytes; x += 8) {
    const near = nearest(bytesAt(left + x), bytesAt(above + x), bytesAt(corner + x));
    const bytesNear = i8x16.narrow_i16x8_u(near, near);
    v128.store_lane<u64>(to + x, i8x16.sub(v128.load_zero<u64>(row + x), bytesNear), 0);
  }
  // On the left of the first pixel there is zero, not the end of the row above.
  for (let x: usize = 0; x < channels; x += 1) {
    store<u8>(to + x, load<u8>(row + x) - load<u8>(above + x));
  }
}
