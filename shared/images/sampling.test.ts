import { expect, test } from 'vitest';
import { readOrientation } from './orientation.ts';
import { resample } from './resample.ts';
import { planSampling } from './sampling.ts';

const UPRIGHT = readOrientation(1);
const sizes = (resize: number, crop: number) => ({ resize, crop });

/** Position in the picture that the first pixel of the square is centred on. */
function firstCentre({ start, firsts, counts, weights }: ReturnType<typeof planSampling>['columns']): number {
  const first = firsts[0] ?? 0;
  let centre = 0;
  for (let tap = 0; tap < (counts[0] ?? 0); tap += 1)
    centre += (start + first + tap + 0.5) * (weights[tap] ?? 0);
  return centre;
}

test('half a pixel of the margin is rounded to the even one, as Python does', () => {
  const centre = (width: number) =>
    firstCentre(planSampling(width, 256, sizes(256, 224), UPRIGHT).columns) - 0.5;
  expect(centre(341)).toBeCloseTo(58);
  expect(centre(343)).toBeCloseTo(60);
});

test.each([1, 3, 6])('one colour stays itself, enlarged or shrunk, with %i times the pixels', (times) => {
  const [width, height] = [40 * times, 30 * times];
  const pixels = new Uint8Array(width * height * 3).fill(137);
  for (const resize of [8, 30, 64]) {
    const { columns, rows } = planSampling(width, height, sizes(resize, 8), UPRIGHT);
    const [usedWidth, usedHeight] = [columns.length / columns.shrink, rows.length / rows.shrink];
    const source = { pixels, width: usedWidth, height: usedHeight, channels: 3 };
    expect(new Set(resample(source, columns, rows))).toEqual(new Set([137]));
  }
});

test('a picture at its own size is itself', () => {
  const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => (at * 37) % 256);
  const { columns, rows } = planSampling(16, 16, sizes(16, 16), UPRIGHT);
  const source = { pixels: pixels.slice(), width: 16, height: 16, channels: 3 };
  expect(resample(source, columns, rows)).toEqual(pixels);
});

test('only what the square sees is asked of the decoder, and of large pictures no more than of middling ones', () => {
  const { columns, rows } = planSampling(1600, 1200, sizes(256, 224), UPRIGHT);
  expect([columns.length, rows.length]).toEqual([1057, 1056]);
  for (const side of [2048, 3000, 5000, 6300]) {
    const { columns: large } = planSampling(side, side, sizes(256, 224), UPRIGHT);
    expect(large.length % large.shrink).toBe(0);
    expect(large.start + large.length).toBeLessThanOrEqual(side);
    expect(large.length / large.shrink).toBeLessThan(1800);
  }
});

test('every pixel of the square has weights that add up to 1, within what is delivered', () => {
  for (const [width, height] of [
    [31, 17],
    [256, 256],
    [2213, 1701],
    [4099, 3001],
    [16 * 300, 300],
  ] as const) {
    const { columns, rows } = planSampling(width, height, sizes(256, 256), UPRIGHT);
    for (const { firsts, counts, weights, stride, length, shrink } of [columns, rows]) {
      for (let at = 0; at < firsts.length; at += 1) {
        const [first = -1, count = 0] = [firsts[at], counts[at]];
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first + count).toBeLessThanOrEqual(length / shrink);
        const own = weights.subarray(at * stride, at * stride + count);
        expect(own.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
      }
    }
  }
});
