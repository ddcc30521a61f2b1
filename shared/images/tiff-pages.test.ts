import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blankTiff } from '../../test/fixtures/images/blank-tiff.ts';
import { requireFewPages } from './tiff-pages.ts';

const tiny = { width: 4, height: 4, channels: 1, bits: 8 } as const;
const MANY = expect.objectContaining({ status: 413, code: 'image-too-large' });

test('a file of few pictures is taken, one of many refused', async () => {
  for (const pages of [1, 256]) expect(requireFewPages(await blankTiff({ ...tiny, pages }))).toBe(undefined);
  const many = await blankTiff({ ...tiny, pages: 257 });
  expect(() => requireFewPages(many)).toThrow(MANY);
});

test('the same in the order of bytes that the file says', async () => {
  const one = Uint8Array.of(0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0);
  expect(requireFewPages(one)).toBe(undefined);
  // A directory that names itself as the next never ends.
  one[13] = 8;
  expect(() => requireFewPages(one)).toThrow(MANY);
});

test('a file cut anywhere is left to the decoder', () => {
  const tiff = readFileSync(join(import.meta.dirname, '../../test/fixtures/images/plain.tiff'));
  for (let bytes = 0; bytes < tiff.byteLength; bytes += 53) {
    expect(requireFewPages(Uint8Array.from(tiff.subarray(0, bytes)))).toBe(undefined);
  }
});
