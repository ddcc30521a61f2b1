import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { MASK_PICTURES } from '../../../test/fixtures/masks/pictures.ts';
import fc from '../../../test/fixtures/properties.ts';
import { attentionMask } from './attention-mask.ts';
import { luminance } from './luminance.ts';

const FOLDER = join(import.meta.dirname, '../../../test/fixtures/masks');
const vectors = z
  .object({
    luminance: z.object({ rgb: z.array(z.int()), grey: z.array(z.int()) }),
    masks: z.array(z.object({ name: z.string(), pixelsCrc32: z.int(), set: z.int() })),
  })
  .parse(JSON.parse(readFileSync(join(FOLDER, 'vectors.json'), 'utf8')));

/** One byte a pixel, 0 or 1. */
function unpack(bits: Uint8Array, size: number): Uint8Array {
  const rowBytes = Math.ceil(size / 8);
  return Uint8Array.from({ length: size * size }, (_, i) => {
    const x = i % size;
    return ((bits[Math.trunc(i / size) * rowBytes + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1;
  });
}

function intersectionOverUnion(a: Uint8Array, b: Uint8Array): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.length; i += 1) {
    if (a[i] && b[i]) both += 1;
    if (a[i] || b[i]) either += 1;
  }
  return either === 0 ? 1 : both / either;
}

describe('masks are those of OpenCV', () => {
  for (const { name, size, grey } of MASK_PICTURES) {
    test(name, async ({ skip }) => {
      const pixels = await grey();
      if (pixels === undefined) return skip('the real X-ray is not on this machine');
      const known = vectors.masks.find((mask) => mask.name === name);
      const theirs = await sharp(join(FOLDER, `${name}.png`))
        .toColourspace('b-w')
        .raw()
        .toBuffer();
      expect(theirs.filter((shade) => shade > 0)).toHaveLength(known?.set ?? Number.NaN);
      const ours = unpack(attentionMask(pixels, size), size);
      // Where the decoder gave the same pixels, and drawn ones always are, not one bit may differ.
      const least = crc32(pixels) === known?.pixelsCrc32 ? 1 : 0.98;
      expect(intersectionOverUnion(ours, theirs)).toBeGreaterThanOrEqual(least);
    });
  }

  test('every reference has its picture, and masks of each size have something in them', () => {
    expect(vectors.masks.map(({ name }) => name)).toEqual(MASK_PICTURES.map(({ name }) => name).sort());
    const empty = vectors.masks.filter(({ set }) => set === 0).map(({ name }) => name);
    expect(empty).toEqual(['constant-224', 'noise-16', 'noise-17', 'slope-96']);
  });

  test('so is the grey of colours', () => {
    expect([...luminance(Uint8Array.from(vectors.luminance.rgb))]).toEqual(vectors.luminance.grey);
    const shades = Array.from({ length: 256 }, (_, shade) => shade);
    expect([...luminance(Uint8Array.from(shades.flatMap((shade) => [shade, shade, shade])))]).toEqual(shades);
  });
});

test('what was there before leaves no trace, whatever its size', () => {
  const square = (size: number) =>
    Uint8Array.from({ length: size * size }, (_, i) => (i % size > 3 && i > 3 * size ? 200 : 20));
  const first = attentionMask(square(64), 64);
  const copy = Uint8Array.from(first);
  attentionMask(square(40), 40);
  attentionMask(new Uint8Array(64 * 64), 64);
  expect(first).toEqual(copy);
  expect(attentionMask(square(64), 64)).toEqual(first);
});

test('any pixels give a mask whose unused bits are zero', () => {
  const sizes = fc.integer({ min: 16, max: 45 });
  const pictures = sizes.chain((size) =>
    fc.uint8Array({ minLength: size * size, maxLength: size * size }).map((grey) => ({ grey, size })),
  );
  fc.assert(
    fc.property(pictures, ({ grey, size }) => {
      const rowBytes = Math.ceil(size / 8);
      const bits = attentionMask(grey, size);
      expect(bits).toHaveLength(size * rowBytes);
      const unused = 0xff >> (((size - 1) & 7) + 1);
      for (let y = 0; y < size; y += 1) expect((bits[y * rowBytes + rowBytes - 1] ?? 0) & unused).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test.each([
  ['noise', (x: number, y: number) => Math.imul(y * 2048 + x, 0x9e3779b1) >>> 24],
  // Its one contour goes up and down every tooth.
  ['a comb', (x: number, y: number) => (x % 16 < 8 || y > 2000 ? 220 : 20)],
])('of the largest picture nothing is kept but the mask: %s', (_, shade) => {
  const size = 2048;
  const pixels = Uint8Array.from({ length: size * size }, (_, i) => shade(i % size, Math.trunc(i / size)));
  const before = process.memoryUsage().arrayBuffers;
  const mask = attentionMask(pixels, size);
  // The workspace has 17 MB; small arrays may wait to be collected.
  expect(process.memoryUsage().arrayBuffers - before - mask.byteLength).toBeLessThan(4 * 2 ** 20);
});

test('a picture larger than the rows of the workbench is refused', () => {
  expect(() => attentionMask(new Uint8Array(2049 * 2049), 2049)).toThrow(
    '2049 pixels along a side, 2048 are allowed',
  );
});
