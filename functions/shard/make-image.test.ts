import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { type BlankPng, blankPng } from '../../test/fixtures/pipeline/blank-png.ts';
import { makeImage } from './make-image.ts';
import type { RecordFailure } from './record-failure.ts';

const width = 90;
const height = 60;

/** Dark on the left, bright on the right. */
function picture(channels: 1 | 3 | 4 = 1): Sharp {
  const pixels = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    pixels.fill(Math.floor(((i % width) * 255) / width), i * channels, (i + 1) * channels);
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  const failure = await makeImage(bytes, 32, 'files/a.jpg').then(
    () => undefined,
    (error: RecordFailure) => error,
  );
  expect(failure?.image).toBe('files/a.jpg');
  return failure?.code ?? 'none';
}

test.each([
  ['a grey JPEG', () => picture().toColourspace('b-w').jpeg()],
  ['a colour JPEG', () => picture(3).jpeg()],
  ['a CMYK JPEG', () => picture(3).toColourspace('cmyk').jpeg()],
  ['a progressive JPEG', () => picture().jpeg({ progressive: true })],
  ['a grey PNG', () => picture().toColourspace('b-w').png()],
  ['a 16-bit PNG', () => picture().toColourspace('grey16').png()],
  ['a PNG with a palette', () => picture(3).png({ palette: true })],
  ['an interlaced PNG with transparency', () => picture(4).png({ progressive: true })],
])('%s becomes a grey 8-bit square', async (_, source) => {
  const made = await makeImage(await source().toBuffer(), 32, 'a');
  expect(made).toMatchObject({ width, height });
  const { data, info } = await sharp(made.png)
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(await sharp(made.png).metadata()).toMatchObject({ format: 'png', depth: 'uchar', channels: 1 });
  expect(info).toMatchObject({ width: 32, height: 32 });
  expect(data[0]).toBeLessThan(20);
  expect(data[31]).toBeGreaterThan(235);
});

test('the same image gives the same bytes', async () => {
  const source = await picture().jpeg().toBuffer();
  const [a, b] = await Promise.all([makeImage(source, 48, 'a'), makeImage(source, 48, 'a')]);
  expect(Buffer.from(a.png).equals(b.png)).toBe(true);
});

test('damage is found, wherever it is', async () => {
  const jpeg = await picture().jpeg().toBuffer();
  const png = await picture().png({ compressionLevel: 0 }).toBuffer();
  expect(await codeOf(new Uint8Array(0))).toBe('image-corrupt');
  expect(await codeOf(Buffer.from('not an image'))).toBe('image-corrupt');
  expect(await codeOf(jpeg.subarray(0, jpeg.byteLength / 2))).toBe('image-corrupt');
  expect(await codeOf(jpeg.subarray(0, jpeg.byteLength - 2))).toBe('image-corrupt');
  const bitFlipped = Buffer.from(png);
  bitFlipped[1000] = (bitFlipped[1000] ?? 0) ^ 0xff;
  expect(await codeOf(bitFlipped)).toBe('image-corrupt');
});

test('formats that nobody needs here are not opened', async () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
  expect(await codeOf(Buffer.from(svg))).toBe('image-corrupt');
  expect(await codeOf(await picture().gif().toBuffer())).toBe('image-corrupt');
  expect(await codeOf(await picture().webp().toBuffer())).toBe('image-corrupt');
  expect(await codeOf(await picture().tiff().toBuffer())).toBe('image-corrupt');
});

test.each<BlankPng>([
  // A side, the pixels, and the memory for rows of many samples, each beyond its limit.
  { width: 20_001, height: 1, channels: 1, bits: 8 },
  { width: 1, height: 20_001, channels: 1, bits: 8 },
  { width: 10_001, height: 10_000, channels: 1, bits: 8 },
  { width: 4_200, height: 2_100, channels: 4, bits: 16 },
  { width: 8_400, height: 2_100, channels: 2, bits: 16 },
  { width: 11_000, height: 2_100, channels: 3, bits: 8 },
])(
  'a PNG of $width x $height, $channels samples of $bits bits, is refused before it is decoded',
  async (png) => {
    expect(await codeOf((await blankPng(png)).subarray(0, 64))).toBe('image-too-large');
  },
);

test.each<BlankPng>([
  { width: 20_000, height: 1, channels: 4, bits: 16 },
  { width: 1, height: 20_000, channels: 4, bits: 16 },
  { width: 3_520, height: 4_280, channels: 1, bits: 16 },
])('a PNG of $width x $height, $channels samples of $bits bits, is taken', async (png) => {
  expect(await makeImage(await blankPng(png), 32, 'a')).toMatchObject({
    width: png.width,
    height: png.height,
  });
});

test('what must be held whole has a limit of its own', async () => {
  const large = { create: { width: 4_800, height: 2_400, channels: 3 as const, background: 'black' } };
  expect(await codeOf(await sharp(large).jpeg({ progressive: true }).toBuffer())).toBe('image-too-large');
  expect(await codeOf(await sharp(large).png({ progressive: true }).toBuffer())).toBe('image-too-large');
});
