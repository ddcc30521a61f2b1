import { expect, test } from 'vitest';
import { sizeText } from './size-text.ts';

test('sizes', () => {
  expect([0, 1023, 1024, 1_300_000, 5 * 1024 ** 3, 3000 * 1024 ** 4].map(sizeText)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.2 MiB',
    '5.0 GiB',
    '3000.0 TiB',
  ]);
});
