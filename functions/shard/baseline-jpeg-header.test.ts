import sharp, { type JpegOptions } from 'sharp';
import { expect, test } from 'vitest';
import { createRandom } from '../../infra/sample/random.ts';
import { DAMAGES } from '../../test/fixtures/fuzz/damage.ts';
import { damageJpeg } from '../../test/fixtures/fuzz/damage-jpeg.ts';
import { readBaselineJpegHeader } from './baseline-jpeg-header.ts';

const jpegOf = async (channels: 1 | 3, options: JpegOptions = {}): Promise<Buffer> =>
  await sharp({ create: { width: 70, height: 41, channels: 3, background: '#406080' } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .withExif({ IFD0: { Artist: 'x'.repeat(300) } })
    .jpeg(options)
    .toBuffer();

/** libvips's word, undefined where it has none. */
const ask = async (bytes: Buffer) =>
  bytes.byteLength === 0
    ? undefined
    : await sharp(bytes, { limitInputPixels: false })
        .metadata()
        .catch(() => undefined);

test.each([1, 3] as const)('what libvips says of a baseline JPEG of %i channels', async (channels) => {
  for (const options of [{}, { quality: 30 }, { chromaSubsampling: '4:4:4' }, { optimiseCoding: false }]) {
    const jpeg = await jpegOf(channels, options);
    expect(readBaselineJpegHeader(jpeg)).toEqual({
      width: 70,
      height: 41,
      channels,
      depth: 'uchar',
      isProgressive: false,
    });
  }
});

test('progressive and CMYK JPEGs and other formats are left to libvips', async () => {
  expect(readBaselineJpegHeader(await jpegOf(3, { progressive: true }))).toBeUndefined();
  const cmyk = await sharp(await jpegOf(3))
    .toColourspace('cmyk')
    .jpeg()
    .toBuffer();
  expect(readBaselineJpegHeader(cmyk)).toBeUndefined();
  expect(
    readBaselineJpegHeader(
      await sharp(await jpegOf(1))
        .png()
        .toBuffer(),
    ),
  ).toBeUndefined();
});

test('a JPEG that is cut short anywhere before its first scan: the header or nothing, never an error', async () => {
  const jpeg = await jpegOf(3);
  const whole = readBaselineJpegHeader(jpeg);
  for (let length = 0; length <= jpeg.byteLength; length++)
    expect([undefined, whole]).toContainEqual(readBaselineJpegHeader(jpeg.subarray(0, length)));
});

test('4,000 damaged JPEGs: where both read a header, it is the same', async () => {
  const random = createRandom('baseline-jpeg-header');
  const originals = [await jpegOf(1), await jpegOf(3), await jpegOf(3, { progressive: true })] as const;
  let compared = 0;
  for (let i = 0; i < 4000; i++) {
    const damage = random.pick([...DAMAGES, damageJpeg, damageJpeg, damageJpeg] as const);
    const damaged = damage(Buffer.from(random.pick(originals)), random);
    const read = readBaselineJpegHeader(damaged);
    const asked = await ask(damaged);
    if (read === undefined || asked === undefined) continue;
    const { width, height, channels, depth, isProgressive } = asked;
    expect(read, `${i}`).toEqual({ width, height, channels, depth, isProgressive });
    compared += 1;
  }
  expect(compared).toBeGreaterThan(400);
});
