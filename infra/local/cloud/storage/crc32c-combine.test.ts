import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combineCrc32c } from './crc32c-combine.ts';

test('the combined checksum is the checksum of the joined bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.uint8Array({ maxLength: 3000 }), (a, b) => {
      const joined = crc32c(Buffer.concat([a, b]));
      expect(combineCrc32c(crc32c(a), crc32c(b), b.length)).toBe(joined);
    }),
  );
});

test('a part beyond 2^32 bytes is the same as its two halves', () => {
  const half = 5 * 2 ** 30;
  const [a, zeroHalf] = [0x12345678, 0x9abcdef0];
  const inSteps = combineCrc32c(combineCrc32c(a, zeroHalf, half), zeroHalf, half);
  const atOnce = combineCrc32c(a, combineCrc32c(zeroHalf, zeroHalf, half), 2 * half);
  expect(atOnce).toBe(inSteps);
});
