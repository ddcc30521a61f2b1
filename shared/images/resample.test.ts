import { expect, test } from 'vitest';
import { centreWindow, resample } from './resample.ts';

test('half a pixel is rounded to the even one, as Python does', () => {
  expect(centreWindow(341, 256, 256, 224)).toMatchObject({ width: 341, left: 58, top: 16 });
  expect(centreWindow(343, 256, 256, 224)).toMatchObject({ width: 343, left: 60 });
});

test('the longer side is cut to whole pixels', () => {
  expect(centreWindow(640, 480, 256, 224)).toMatchObject({ width: 341, height: 256 });
});

test('one colour stays itself, enlarged or shrunk', () => {
  const pixels = new Uint8Array(40 * 30 * 3).fill(137);
  for (const resize of [8, 30, 64]) {
    const square = resample({ pixels, width: 40, height: 30 }, centreWindow(40, 30, resize, 8));
    expect(new Set(square)).toEqual(new Set([137]));
  }
});

test('a picture at its own size is itself', () => {
  const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => (at * 37) % 256);
  expect(resample({ pixels, width: 16, height: 16 }, centreWindow(16, 16, 16, 16))).toEqual(pixels);
});
