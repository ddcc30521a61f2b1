/** Where values lie on an axis, and the round numbers that are written at it. */

const TICKS_WANTED = 6;
const ROUND = [1, 2, 5, 10] as const;

/** From 0…`most` to `from`…`to`, in tenths of a pixel. */
export function svgScale(most: number, from: number, to: number): (value: number) => number {
  return (value) => Math.round((from + (value / most) * (to - from)) * 10) / 10;
}

/** Powers of two, as memory is sized. */
export function valueTicks(most: number): number[] {
  let step = 1;
  while (most / step > TICKS_WANTED) step *= 2;
  return ticks(most, step);
}

export function timeTicks(most: number): number[] {
  const unit = 10 ** Math.floor(Math.log10(most / TICKS_WANTED));
  const round = ROUND.find((one) => most / (one * unit) <= TICKS_WANTED) ?? 10;
  // Below a millisecond nothing was measured.
  return ticks(most, Math.max(1, round * unit));
}

function ticks(most: number, step: number): number[] {
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}
