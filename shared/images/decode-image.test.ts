import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { ImagePreprocessing } from '../models/image-card.ts';
import { decodeImage } from './decode-image.ts';

const FOLDER = join(import.meta.dirname, '../../test/fixtures/images');
/** Of the mean absolute difference after normalisation. */
const PARITY = 0.005;
const IMAGENET: ImagePreprocessing = {
  resize: 256,
  crop: 224,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  channelOrder: 'rgb',
  layout: 'nchw',
};

interface Vectors {
  readonly pixels: readonly number[];
  readonly pictures: readonly {
    readonly file: string;
    readonly mean: readonly number[];
    readonly rgb: readonly (readonly number[])[];
  }[];
}
const vectors: Vectors = JSON.parse(readFileSync(join(FOLDER, 'vectors.json'), 'utf8'));
const bytesOf = (file: string) => readFileSync(join(FOLDER, file));
const problemOf = async (bytes: Uint8Array) => {
  const error = await decodeImage(bytes, IMAGENET).catch((cause: unknown) => cause);
  return error as { status: number; code: string; message: string };
};

test.each(vectors.pictures)(
  '$file becomes the tensor that Pillow and torchvision make',
  async ({ file, mean, rgb }) => {
    const { tensor, square } = await decodeImage(bytesOf(file), IMAGENET);
    const area = IMAGENET.crop ** 2;
    const differences = vectors.pixels.flatMap((pixel, at) =>
      [0, 1, 2].map((channel) => {
        const reference =
          ((rgb[at]?.[channel] ?? 0) / 255 - (IMAGENET.mean[channel] ?? 0)) / (IMAGENET.std[channel] ?? 1);
        return Math.abs((tensor[channel * area + pixel] ?? Number.NaN) - reference);
      }),
    );
    expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThan(PARITY);
    const means = [0, 1, 2].map(
      (channel) => square.filter((_, at) => at % 3 === channel).reduce((sum, value) => sum + value, 0) / area,
    );
    for (const channel of [0, 1, 2])
      expect(Math.abs((means[channel] ?? 0) - (mean[channel] ?? 0))).toBeLessThan(0.1);
  },
);

test('the size is that of the picture the right way up', async () => {
  const upright = await decodeImage(bytesOf('photo.jpg'), IMAGENET);
  const turned = await decodeImage(bytesOf('turned.jpg'), IMAGENET);
  expect([upright.width, upright.height]).toEqual([430, 390]);
  expect([turned.width, turned.height]).toEqual([390, 430]);
});

test('channel order and layout are the card’s', async () => {
  const bytes = bytesOf('small.png');
  const rgb = await decodeImage(bytes, IMAGENET);
  const plain = { ...IMAGENET, mean: [0, 0, 0], std: [1, 1, 1] } satisfies ImagePreprocessing;
  const bgr = await decodeImage(bytes, { ...plain, channelOrder: 'bgr', layout: 'nhwc' });
  expect(rgb.dims).toEqual([1, 3, 224, 224]);
  expect(bgr.dims).toEqual([1, 224, 224, 3]);
  const at = 100 * 224 + 50;
  const [red = 0, green = 0, blue = 0] = rgb.square.slice(at * 3, at * 3 + 3);
  expect(Array.from(bgr.tensor.slice(at * 3, at * 3 + 3), (value) => Math.round(value * 255))).toEqual([
    blue,
    green,
    red,
  ]);
});

test('16-bit, grey and transparent pictures look like their 8-bit, RGB, opaque ones', async () => {
  const reference = (await decodeImage(bytesOf('grey.jpg'), IMAGENET)).square;
  const grey = await sharp(bytesOf('grey.jpg')).toColourspace('b-w').png().toBuffer();
  const deep = await sharp(bytesOf('grey.jpg')).toColourspace('rgb16').png().toBuffer();
  const transparent = await sharp(bytesOf('grey.jpg')).ensureAlpha(0.5).png().toBuffer();
  expect((await sharp(deep).metadata()).depth).toBe('ushort');
  for (const bytes of [grey, deep, transparent]) {
    const { square } = await decodeImage(bytes, IMAGENET);
    const off = square.reduce((sum, value, at) => sum + Math.abs(value - (reference[at] ?? 0)), 0);
    expect(off / square.length).toBeLessThan(1);
  }
});

describe('what is refused', () => {
  const text = (content: string) => new TextEncoder().encode(content);
  const dicom = new Uint8Array(200);
  dicom.set(text('DICM'), 128);

  test.each([
    ['PDF', text('%PDF-1.7\n'), 415, 'image-type-unsupported', /PDF/],
    ['DICOM', dicom, 415, 'image-type-unsupported', /DICOM/],
    ['GIF', text('GIF89a......'), 415, 'image-type-unsupported', /GIF/],
    ['text', text('hello'), 415, 'image-type-unsupported', /neither JPEG/],
    ['nothing', new Uint8Array(), 422, 'image-empty', /no bytes/],
    ['a JPEG cut in half', bytesOf('photo.jpg').subarray(0, 6000), 422, 'image-corrupt', /JPEG/],
    ['a PNG cut in half', bytesOf('plain.png').subarray(0, 5000), 422, 'image-corrupt', /PNG/],
    ['a TIFF’s first bytes', text('II*\0'), 422, 'image-corrupt', /TIFF/],
  ])('%s', async (_name, bytes, status, code, detail) => {
    const problem = await problemOf(bytes);
    expect(problem).toMatchObject({ status, code });
    expect(problem.message).toMatch(detail);
  });

  test('100 megapixels, whatever the file weighs, before anything is decoded', async () => {
    const blank = { width: 12_000, height: 9_000, channels: 3, background: '#fff' } as const;
    const bomb = await sharp({ create: blank }).png({ compressionLevel: 9 }).toBuffer();
    expect(bomb.byteLength).toBeLessThan(1024 * 1024);
    const before = process.memoryUsage.rss();
    expect(await problemOf(bomb)).toMatchObject({ status: 413, code: 'image-too-large' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * 1024 * 1024);
  });

  test('a strip of a picture', async () => {
    const strip = { width: 4000, height: 20, channels: 3, background: '#fff' } as const;
    const bytes = await sharp({ create: strip }).png().toBuffer();
    expect(await problemOf(bytes)).toMatchObject({ status: 422, code: 'image-too-narrow' });
  });
});
