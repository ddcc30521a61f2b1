import { crc32c } from '@node-rs/crc32';
import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { combineCrc32c } from './combine-crc32c.ts';

test('the checksum of two pieces joined follows from theirs', () => {
  const bytes = fc.uint8Array({ maxLength: 5000 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const joined = crc32c(Buffer.concat([a, b]));
      expect(combineCrc32c(crc32c(a), crc32c(b), b.byteLength)).toBe(joined);
    }),
  );
});

test('lengths beyond 32 bits count in full', () => {
  const [a, b] = [crc32c('a'), crc32c('b')];
  // Joining to an all-zero tail of n and then m bytes is joining to one of n + m.
  const zeros = 2 ** 33;
  const step = combineCrc32c(combineCrc32c(a, b, zeros), b, 2 ** 32 + 5);
  const once = combineCrc32c(a, combineCrc32c(b, b, 2 ** 32 + 5), zeros + 2 ** 32 + 5);
  expect(step).toBe(once);
});
