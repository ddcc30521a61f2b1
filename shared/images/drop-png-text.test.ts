import sharp from 'sharp';
import { expect, test } from 'vitest';
import { type BlankPng, blankPng } from '../../test/fixtures/pipeline/blank-png.ts';
import fc from '../../test/fixtures/properties.ts';
import { dropPngText } from './drop-png-text.ts';

const small: BlankPng = { width: 9, height: 7, channels: 3, bits: 8 };

test('comments are cut out, and nothing else', async () => {
  const plain = await blankPng(small);
  expect(Buffer.from(dropPngText(await blankPng({ ...small, comments: 3 }))).equals(plain)).toBe(true);
  expect(Buffer.from(dropPngText(Buffer.from(plain))).equals(plain)).toBe(true);
});

test('what says how pixels are meant stays', async () => {
  const background = { r: 128, g: 0, b: 0, alpha: 0.5 };
  const source = sharp({ create: { width: 9, height: 9, channels: 4, background } });
  const png = await source.withIccProfile('p3').png({ palette: true }).toBuffer();
  const pixels = await sharp(png).raw().toBuffer();
  const kept = Buffer.from(dropPngText(png));
  expect((await sharp(kept).metadata()).icc?.byteLength).toBeGreaterThan(100);
  expect((await sharp(kept).raw().toBuffer()).equals(pixels)).toBe(true);
});

test('where it is asked for, the orientation stays', async () => {
  const source = sharp({ create: { width: 9, height: 9, channels: 3, background: '#000' } });
  const png = await source.withMetadata({ orientation: 6 }).png().toBuffer();
  const orientationOf = async (bytes: Uint8Array) => (await sharp(bytes).metadata()).orientation;
  expect(await orientationOf(dropPngText(Buffer.from(png), ['eXIf']))).toBe(6);
  expect(await orientationOf(dropPngText(Buffer.from(png)))).toBe(undefined);
});

test('other bytes, and a PNG cut anywhere, keep what they have', async () => {
  const text = Buffer.from('not an image');
  expect(dropPngText(text)).toBe(text);
  const plain = await blankPng(small);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: plain.byteLength }), (cut) => {
      const bytes = Buffer.from(plain.subarray(0, cut));
      expect(Buffer.from(dropPngText(bytes)).equals(plain.subarray(0, cut))).toBe(true);
    }),
  );
});
