import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { type BlankPng, blankPng } from '../../test/fixtures/pipeline/blank-png.ts';
import { type ImageOptions, imageExtension, makeImage } from './make-image.ts';
import type { RecordFailure } from './record-failure.ts';

const width = 90;
const height = 60;
const SMALL: ImageOptions = { size: 32, channels: 1, format: 'png', mask: true };

/** Dark on the left, bright on the right. */
function picture(channels: 1 | 3 | 4 = 1): Sharp {
  const pixels = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    pixels.fill(Math.floor(((i % width) * 255) / width), i * channels, (i + 1) * channels);
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  const failure = await makeImage(bytes, SMALL, 'files/a.jpg').then(
    () => undefined,
    (error: RecordFailure) => error,
  );
  expect(failure?.image).toBe('files/a.jpg');
  return failure?.code ?? 'none';
}

const SOURCES: [string, () => Sharp][] = [
  ['a grey JPEG', () => picture().toColourspace('b-w').jpeg()],
  ['a colour JPEG', () => picture(3).jpeg()],
  ['a CMYK JPEG', () => picture(3).toColourspace('cmyk').jpeg()],
  ['a progressive JPEG', () => picture().jpeg({ progressive: true })],
  ['a grey PNG', () => picture().toColourspace('b-w').png()],
  ['a 16-bit PNG', () => picture().toColourspace('grey16').png()],
  ['a 16-bit colour PNG', () => picture(3).toColourspace('rgb16').png()],
  ['a PNG with a palette', () => picture(3).png({ palette: true })],
  ['an interlaced PNG with transparency', () => picture(4).png({ progressive: true })],
];

test.each(SOURCES)('%s becomes an 8-bit square, grey or in colour', async (_, source) => {
  const original = await source().toBuffer();
  for (const channels of [1, 3] as const) {
    const made = await makeImage(Buffer.from(original), { ...SMALL, channels }, 'a');
    expect(made).toMatchObject({ width, height });
    const header = { format: 'png', depth: 'uchar', channels, width: 32, height: 32 };
    expect(await sharp(made.image).metadata()).toMatchObject(header);
    const row = await greyRow(made.image);
    expect(row[0]).toBeLessThan(20);
    expect(row[31]).toBeGreaterThan(235);
  }
});

/** Of the first 32 pixels. */
const greyRow = async (image: Uint8Array) =>
  (await sharp(image).toColourspace('b-w').raw().toBuffer()).subarray(0, 32);

test('colours stay what they are, and where', async () => {
  const halves = sharp({ create: { width: 40, height: 40, channels: 3, background: '#c81e05' } }).composite([
    { input: { create: { width: 40, height: 20, channels: 3, background: '#0514c8' } }, top: 20, left: 0 },
  ]);
  const source = await halves.png().toBuffer();
  for (const [format, difference] of [
    ['png', 0],
    ['jpeg', 3],
    ['raw', 0],
  ] as const) {
    const { image } = await makeImage(Buffer.from(source), { ...SMALL, channels: 3, format }, 'a');
    const pixels = format === 'raw' ? image.subarray(-32 * 32 * 3) : await sharp(image).raw().toBuffer();
    const expected = [0xc8, 0x1e, 0x05, 0x05, 0x14, 0xc8];
    const found = [...pixels.subarray(0, 3), ...pixels.subarray(-3)];
    for (const [i, shade] of expected.entries()) {
      expect(Math.abs((found[i] ?? 0) - shade), format).toBeLessThanOrEqual(difference);
    }
  }
});

test('the three formats hold the same picture', async () => {
  const source = await picture().png().toBuffer();
  const make = async (format: ImageOptions['format'], channels: 1 | 3 = 1) =>
    (await makeImage(Buffer.from(source), { ...SMALL, format, channels, mask: false }, 'a')).image;
  const raw = await make('raw');
  const rawHeader = Buffer.from(raw).toString('latin1', 0, 128);
  expect(rawHeader.slice(1, 6)).toBe('NUMPY');
  expect(rawHeader).toContain("{'descr': '|u1', 'fortran_order': False, 'shape': (32, 32), }");
  expect(raw).toHaveLength(128 + 32 * 32);
  expect(Buffer.from(await make('raw', 3)).toString('latin1', 0, 128)).toContain("'shape': (32, 32, 3)");
  expect(await greyRow(await make('png'))).toEqual(Buffer.from(raw.subarray(128, 128 + 32)));
  const jpeg = await make('jpeg');
  const jpegHeader = await sharp(jpeg).metadata();
  expect(jpegHeader).toMatchObject({ format: 'jpeg', channels: 1 });
  expect(jpegHeader).not.toHaveProperty('exif');
  expect(jpegHeader).not.toHaveProperty('icc');
  const shades = await greyRow(jpeg);
  for (const [i, shade] of raw.subarray(128, 128 + 32).entries()) {
    expect(Math.abs(shade - (shades[i] ?? 0))).toBeLessThan(6);
  }
  expect(await sharp(await make('jpeg', 3)).metadata()).toMatchObject({ chromaSubsampling: '4:4:4' });
  expect((['png', 'jpeg', 'raw'] as const).map(imageExtension)).toEqual(['png', 'jpg', 'image.npy']);
});

test('a mask is a PNG of one bit a pixel, set within what stands out; the same for grey in three channels', async () => {
  const square = sharp({ create: { width: 200, height: 200, channels: 3, background: '#202020' } }).composite(
    [
      {
        input: { create: { width: 100, height: 100, channels: 3, background: '#e0e0e0' } },
        top: 50,
        left: 50,
      },
    ],
  );
  const source = await square.png().toBuffer();
  const masks = await Promise.all(
    ([1, 3] as const).map(async (channels) => {
      const options = { ...SMALL, size: 100, channels };
      return (await makeImage(Buffer.from(source), options, 'a')).mask ?? Buffer.from('none');
    }),
  );
  const [mask = Buffer.from('none'), ofColour] = masks;
  expect(Buffer.from(mask).equals(ofColour ?? Buffer.from('none'))).toBe(true);
  const header = { format: 'png', width: 100, height: 100, bitsPerSample: 1 };
  expect(await sharp(mask).metadata()).toMatchObject(header);
  const pixels = await sharp(mask).toColourspace('b-w').raw().toBuffer();
  expect([pixels[0], pixels[50 * 100 + 10], pixels[50 * 100 + 50], pixels[50 * 100 + 90]]).toEqual([
    0, 0, 255, 0,
  ]);
  expect(new Set(pixels)).toEqual(new Set([0, 255]));
});

test('no mask is made where none is wanted', async () => {
  const source = await picture().png().toBuffer();
  expect((await makeImage(source, { ...SMALL, mask: false }, 'a')).mask).toBeUndefined();
});

test('the same image gives the same bytes, whatever is made at the same time', async () => {
  const source = await picture().jpeg().toBuffer();
  const options = { ...SMALL, size: 48 };
  const [a, , b] = await Promise.all([
    makeImage(source, options, 'a'),
    makeImage(source, { ...SMALL, size: 61, channels: 3 }, 'a'),
    makeImage(source, options, 'a'),
  ]);
  expect(a).toEqual(b);
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
  expect(await makeImage(await blankPng(png), SMALL, 'a')).toMatchObject({
    width: png.width,
    height: png.height,
  });
});

test('what must be held whole has a limit of its own', async () => {
  const large = { create: { width: 4_800, height: 2_400, channels: 3 as const, background: 'black' } };
  expect(await codeOf(await sharp(large).jpeg({ progressive: true }).toBuffer())).toBe('image-too-large');
  expect(await codeOf(await sharp(large).png({ progressive: true }).toBuffer())).toBe('image-too-large');
});
