import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import fc from '../../../test/fixtures/properties.ts';
import { encodeBitPng, encodePng } from './encode-png.ts';

const sizes = fc.integer({ min: 1, max: 40 });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test.each([1, 3] as const)('another reader finds the same pixels: %i channels', async (channels) => {
  const pictures = sizes.chain((size) => bytes(size * size * channels).map((pixels) => ({ size, pixels })));
  await fc.assert(
    fc.asyncProperty(pictures, async ({ size, pixels }) => {
      const picture = sharp(encodePng(pixels, size, channels), { failOn: 'warning' });
      const header = {
        format: 'png',
        width: size,
        height: size,
        channels,
        depth: 'uchar',
        isProgressive: false,
      };
      expect(await picture.metadata()).toMatchObject(header);
      const read = await picture
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .raw()
        .toBuffer();
      expect(read.equals(pixels)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('another reader finds the same bits', async () => {
  const pictures = sizes.chain((size) => bytes(size * Math.ceil(size / 8)).map((bits) => ({ size, bits })));
  await fc.assert(
    fc.asyncProperty(pictures, async ({ size, bits }) => {
      const picture = sharp(encodeBitPng(bits, size), { failOn: 'warning' });
      expect(await picture.metadata()).toMatchObject({ width: size, height: size, bitsPerSample: 1 });
      const read = await picture.toColourspace('b-w').raw().toBuffer();
      const rowBytes = Math.ceil(size / 8);
      const expected = Array.from({ length: size * size }, (_, i) => {
        const x = i % size;
        const byte = bits[Math.trunc(i / size) * rowBytes + (x >> 3)] ?? 0;
        return (byte & (0x80 >> (x & 7))) === 0 ? 0 : 255;
      });
      expect([...read]).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});

test('the bytes are the same on every machine', () => {
  const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => Math.imul(i, i) >>> 5);
  expect(crc32(encodePng(pixels, 64, 3))).toBe(3016169673);
  expect(crc32(encodePng(pixels.subarray(0, 64 * 64), 64, 1))).toBe(1747425813);
  expect(crc32(encodeBitPng(pixels.subarray(0, 64 * 8), 64))).toBe(1822573261);
});

test('pixels of another number are refused', () => {
  expect(() => encodePng(new Uint8Array(15), 4, 1)).toThrow('15 bytes in place of 16');
  expect(() => encodePng(new Uint8Array(16), 4, 3)).toThrow('16 bytes in place of 48');
  expect(() => encodeBitPng(new Uint8Array(3), 4)).toThrow('3 bytes in place of 4');
});
