import { expect, test } from 'vitest';
import fc from '../../../test/fixtures/properties.ts';
import { canonicalCodes, codeLengths } from './huffman.ts';

function lengthsOf(counts: readonly number[], limitBits = 14): number[] {
  const lengths = new Uint8Array(counts.length);
  codeLengths(counts, limitBits, lengths);
  return [...lengths];
}

/** Of all codes of some length, the share that is taken. */
const share = (lengths: readonly number[]): number =>
  lengths.filter((bits) => bits > 0).reduce((sum, bits) => sum + 2 ** -bits, 0);

const bitsOf = (counts: readonly number[], lengths: readonly number[]): number =>
  counts.reduce((sum, count, symbol) => sum + count * (lengths[symbol] ?? 0), 0);

test('frequent symbols have short codes', () => {
  expect(lengthsOf([1, 0, 2, 4, 8])).toEqual([3, 0, 3, 2, 1]);
  expect(lengthsOf([5, 5, 5, 5])).toEqual([2, 2, 2, 2]);
  expect(lengthsOf([0, 7, 0])).toEqual([0, 1, 0]);
  expect(lengthsOf([0, 0])).toEqual([0, 0]);
});

test('codes too long are shortened, and still there are codes for all', () => {
  const fibonacci = [1, 1];
  while (fibonacci.length < 28) fibonacci.push((fibonacci.at(-1) ?? 0) + (fibonacci.at(-2) ?? 0));
  expect(Math.max(...lengthsOf(fibonacci, 27))).toBe(27);
  for (const limitBits of [5, 9, 14]) {
    const lengths = lengthsOf(fibonacci, limitBits);
    expect(Math.max(...lengths)).toBe(limitBits);
    expect(share(lengths)).toBe(1);
  }
});

test('any counts have a complete code, no longer than their entropy and a bit for each symbol', () => {
  const anyCounts = fc.array(fc.oneof(fc.nat(3), fc.nat(2 ** 16)), { minLength: 2, maxLength: 257 });
  fc.assert(
    fc.property(
      anyCounts.filter((counts) => counts.filter((count) => count > 0).length > 1),
      (counts) => {
        const lengths = lengthsOf(counts);
        expect(counts.map((count) => count > 0)).toEqual(lengths.map((bits) => bits > 0));
        expect(share(lengths)).toBe(1);
        const total = counts.reduce((sum, count) => sum + count, 0);
        const entropy = counts.reduce((sum, n) => sum + (n > 0 ? n * Math.log2(total / n) : 0), 0);
        expect(bitsOf(counts, lengths)).toBeLessThanOrEqual(entropy + total);
      },
    ),
  );
});

test('codes of one length follow each other, first bit lowest', () => {
  const codes = new Uint32Array(5);
  canonicalCodes(Uint8Array.of(3, 0, 3, 2, 1), codes);
  const text = (entry: number) =>
    [...(entry & 0xffff).toString(2).padStart(entry >> 16, '0')].reverse().join('');
  expect([...codes].map((entry) => (entry === 0 ? '' : text(entry)))).toEqual(['110', '', '111', '10', '0']);
});
