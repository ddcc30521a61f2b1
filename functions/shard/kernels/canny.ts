/** The inner loops of Canny, a row of pixels at a time: eight pixels at once, as int16. What they do: ../mask/row-kernels.ts. */

const LOW: i16 = 50;
const HIGH: i16 = 150;
/** The tangent of 22.5 degrees, in 15 bits. */
const TANGENT_BITS = 15;
const TANGENT: i16 = 13_573;

/** Eight pixels, from the one at an address on, or from its neighbour. */
function pixelsAt(at: usize): v128 {
  return v128.load_ext<u8>(at);
}
function pixelsLeftOf(at: usize): v128 {
  return v128.load_ext<u8>(at - 1);
}
function pixelsRightOf(at: usize): v128 {
  return v128.load_ext<u8>(at, 1);
}

function twice(a: v128): v128 {
  return i16x8.shl(a, 1);
}

export function sobel(
  above: usize,
  row: usize,
  below: usize,
  size: usize,
  dx: usize,
  dy: usize,
  strength: usize,
): void {
  for (let x: usize = 0; x < size; x += 8) {
    const falling = i16x8.sub(pixelsRightOf(below + x), pixelsLeftOf(above + x));
    const rising = i16x8.sub(pixelsRightOf(above + x), pixelsLeftOf(below + x));
    const level = i16x8.sub(pixelsRightOf(row + x), pixelsLeftOf(row + x));
    const upright = i16x8.sub(pixelsAt(below + x), pixelsAt(above + x));
    const across = i16x8.add(i16x8.add(falling, rising), twice(level));
    const down = i16x8.add(i16x8.sub(falling, rising), twice(upright));
    v128.store(dx + 2 * x, across);
    v128.store(dy + 2 * x, down);
    v128.store(strength + 2 * x, i16x8.add(i16x8.abs(across), i16x8.abs(down)));
  }
  // Beyond the picture nothing is strong.
  v128.store(strength + 2 * size, i16x8.splat(0));
}

/** Eight strengths, likewise. */
function strengthsAt(at: usize): v128 {
  return v128.load(at);
}
function strengthsLeftOf(at: usize): v128 {
  return v128.load(at - 2);
}
function strengthsRightOf(at: usize): v128 {
  return v128.load(at, 2);
}

/** The first where a mask is set, else the second. */
function choose(mask: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, mask);
}

/** The height of a line of 22.5 degrees at the end of each run. */
function flatHeight(run: v128): v128 {
  const tangent = i16x8.splat(TANGENT);
  return i16x8.narrow_i32x4_s(
    i32x4.shr_u(i32x4.extmul_low_i16x8_s(run, tangent), TANGENT_BITS),
    i32x4.shr_u(i32x4.extmul_high_i16x8_s(run, tangent), TANGENT_BITS),
  );
}

/** All bits of each pixel that is stronger than both neighbours across the edge. Addresses are of int16. */
function strongest(above: usize, row: usize, below: usize, dx: usize, dy: usize): v128 {
  const here = strengthsAt(row);
  const across = v128.load(dx);
  const down = v128.load(dy);
  // Their signs differ: the highest bit, spread.
  const isRising = i16x8.shr_s(v128.xor(across, down), 15);
  const run = i16x8.abs(across);
  const height = i16x8.abs(down);
  // A line of 67.5 degrees is two runs higher than that of 22.5.
  const flat = flatHeight(run);
  const alongRow = i16x8.le_s(height, flat);
  const alongColumn = i16x8.gt_s(i16x8.sub(height, twice(run)), flat);
  const before = choose(isRising, strengthsRightOf(above), strengthsLeftOf(above));
  const behind = choose(isRising, strengthsLeftOf(below), strengthsRightOf(below));
  const first = choose(alongRow, strengthsLeftOf(row), choose(alongColumn, strengthsAt(above), before));
  const second = choose(alongRow, strengthsRightOf(row), choose(alongColumn, strengthsAt(below), behind));
  // Of two equals the first is kept, on a diagonal neither.
  const isStraight = v128.or(alongRow, alongColumn);
  const exceedsSecond = v128.or(i16x8.gt_s(here, second), v128.and(isStraight, i16x8.eq(here, second)));
  return v128.and(i16x8.gt_s(here, first), exceedsSecond);
}

export function thin(
  above: usize,
  strength: usize,
  below: usize,
  size: usize,
  dx: usize,
  dy: usize,
  edges: usize,
): void {
  for (let x: usize = 0; x < size; x += 8) {
    const wide = x * 2;
    const here = strengthsAt(strength + wide);
    const isStrong = i16x8.gt_s(here, i16x8.splat(LOW));
    if (!v128.any_true(isStrong)) {
      store<u64>(edges + x, 0);
      continue;
    }
    const isStrongest = strongest(above + wide, strength + wide, below + wide, dx + wide, dy + wide);
    const kept = v128.and(isStrong, isStrongest);
    // Set bits are -1 as a number.
    const edge = i16x8.abs(i16x8.add(kept, v128.and(kept, i16x8.gt_s(here, i16x8.splat(HIGH)))));
    v128.store_lane<u64>(edges + x, i8x16.narrow_i16x8_u(edge, edge), 0);
  }
}
