import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { blankJpegSegments } from './blank-jpeg-segments.ts';

const FOLDER = join(import.meta.dirname, '../../test/fixtures/images');
const bytesOf = (file: string) => readFileSync(join(FOLDER, file));
const pixelsOf = async (bytes: Uint8Array) =>
  await sharp(bytes, { failOn: 'warning', ignoreIcc: true }).raw().toBuffer();

function segment(type: number, content: string): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(content, 'latin1')]);
  bytes.writeUInt16BE(0xff00 + type, 0);
  bytes.writeUInt16BE(bytes.byteLength - 2, 2);
  return bytes;
}

function withSegments(jpeg: Buffer, ...segments: readonly Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

function blanked(jpeg: Uint8Array): Buffer {
  const bytes = Buffer.from(jpeg);
  blankJpegSegments(bytes);
  return bytes;
}

test('comments and application segments are blanked, and nothing else', () => {
  const plain = blanked(bytesOf('photo.jpg'));
  const more = [
    segment(0xfe, 'comment'),
    segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0'),
    segment(0xe2, 'profile'),
    segment(0xef, 'x'.repeat(60_000)),
  ];
  const fill = Buffer.alloc(Buffer.concat(more).byteLength, 0xff);
  expect(blanked(withSegments(plain, ...more)).equals(withSegments(plain, fill))).toBe(true);
  expect(blanked(plain).equals(plain)).toBe(true);
});

test.each(['photo.jpg', 'turned.jpg', 'grey.jpg', 'progressive.jpg', 'fundus.jpg'])(
  '%s keeps its pixels and its orientation, among comments too',
  async (file) => {
    const whole = bytesOf(file);
    const { orientation } = await sharp(whole).metadata();
    for (const jpeg of [whole, withSegments(whole, segment(0xfe, 'comment'), segment(0xed, 'more'))]) {
      const kept = blanked(jpeg);
      expect(kept.includes('comment')).toBe(false);
      expect((await pixelsOf(kept)).equals(await pixelsOf(whole))).toBe(true);
      expect((await sharp(kept, { failOn: 'warning' }).metadata()).orientation).toBe(orientation);
    }
  },
);

test('a picture in CMYK keeps the segment that says so', async () => {
  const cmyk = await sharp(bytesOf('photo.jpg')).toColourspace('cmyk').jpeg().toBuffer();
  expect(cmyk.includes('Adobe')).toBe(true);
  expect((await pixelsOf(blanked(cmyk))).equals(await pixelsOf(cmyk))).toBe(true);
});

test('of several Exif segments the first is kept', () => {
  const plain = blanked(bytesOf('grey.jpg'));
  const [first, second] = [segment(0xe1, 'Exif\0\0first'), segment(0xe1, 'Exif\0\0second')];
  const kept = blanked(withSegments(plain, first, second));
  expect([kept.includes(first), kept.includes(second)]).toEqual([true, false]);
});

test('other bytes, and a JPEG cut anywhere, stay as they are', () => {
  const text = Buffer.from('not an image');
  expect(blanked(text).equals(text)).toBe(true);
  const plain = blanked(bytesOf('photo.jpg'));
  for (let cut = 0; cut < 1200; cut++) {
    expect(blanked(plain.subarray(0, cut)).equals(plain.subarray(0, cut))).toBe(true);
  }
});
