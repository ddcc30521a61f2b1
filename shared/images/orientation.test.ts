import sharp from 'sharp';
import { expect, test } from 'vitest';
import { readOrientation, turnUpright } from './orientation.ts';

const SIZE = 5;
const stored = Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, at) => at * 3);

test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i is undone as libvips does it', async (tag) => {
  const tagged = await sharp(stored, { raw: { width: SIZE, height: SIZE, channels: 3 } })
    .withMetadata({ orientation: tag })
    .tiff({ compression: 'none' })
    .toBuffer();
  const expected = await sharp(tagged).autoOrient().raw().toBuffer();
  expect(Array.from(turnUpright(stored, SIZE, readOrientation(tag)))).toEqual(Array.from(expected));
});

test('a tag that EXIF does not know, or none, is upright', () => {
  expect(turnUpright(stored, SIZE, readOrientation(0))).toBe(stored);
  expect(turnUpright(stored, SIZE, readOrientation(undefined))).toBe(stored);
});
