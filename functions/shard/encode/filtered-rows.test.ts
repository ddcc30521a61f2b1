import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import fc from '../../../test/fixtures/properties.ts';
import { CollectedBytes } from './collected-bytes.ts';
import { FilteredRows } from './filtered-rows.ts';

const filteredRows = new FilteredRows();
const output = new CollectedBytes();

function compress(rows: Uint8Array, rowBytes: number, height: number, channels: number): Buffer {
  filteredRows.compress(rows, rowBytes, height, channels, output);
  const compressed = Buffer.alloc(output.length);
  output.moveTo(compressed, 0);
  return compressed;
}

/** Paeth's filter, as the PNG specification words it. */
function filter(rows: Uint8Array, rowBytes: number, height: number, channels: number): Uint8Array {
  const filtered: number[] = [];
  for (let y = 0; y < height; y += 1) {
    filtered.push(4);
    const at = (x: number, row: number) => (x < 0 || row < 0 ? 0 : (rows[row * rowBytes + x] ?? 0));
    for (let x = 0; x < rowBytes; x += 1) {
      const [a, b, c] = [at(x - channels, y), at(x, y - 1), at(x - channels, y - 1)];
      const [pa, pb, pc] = [a, b, c].map((near) => Math.abs(a + b - c - near)) as [number, number, number];
      const nearest = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      filtered.push((at(x, y) - nearest) & 0xff);
    }
  }
  return Uint8Array.from(filtered);
}

test('zlib finds the rows as the specification filters them', () => {
  const pictures = fc
    .record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 12 }) })
    .chain(({ width, height }) =>
      fc.constantFrom(1, 3).chain((channels) => {
        const length = width * height * channels;
        const rows = fc.oneof(
          fc.uint8Array({ minLength: length, maxLength: length }),
          fc.uint8Array({ minLength: length, maxLength: length, max: 2 }),
        );
        return rows.map((bytes) => ({ bytes, rowBytes: width * channels, height, channels }));
      }),
    );
  fc.assert(
    fc.property(pictures, ({ bytes, rowBytes, height, channels }) => {
      const found = inflateSync(compress(bytes, rowBytes, height, channels));
      expect(found.equals(filter(bytes, rowBytes, height, channels))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['noise', (i: number) => Math.imul(i + 1, 0x9e3779b1) >>> 24],
  ['one shade', () => 77],
  // Each value half as often as the one before: the longest codes are cut.
  ['steep', (i: number) => Math.clz32(Math.imul(i + 1, 0x9e3779b1))],
] as const)('rows of the largest picture, of several blocks: %s', (_, shade) => {
  const rowBytes = 3 * 2048;
  const height = 40;
  const rows = Uint8Array.from({ length: rowBytes * height }, (__, i) => shade(i));
  const compressed = compress(rows, rowBytes, height, 3);
  expect(inflateSync(compressed).equals(filter(rows, rowBytes, height, 3))).toBe(true);
  expect(compressed.byteLength).toBeLessThan(1.01 * (rowBytes + 1) * height);
});

test('rows that are not to be filtered stay as they are', () => {
  const rows = Uint8Array.from({ length: 5 * 7 }, (_, i) => i);
  const expected = Array.from({ length: 7 }, (_, y) => [0, ...rows.subarray(5 * y, 5 * y + 5)]).flat();
  expect([...inflateSync(compress(rows, 5, 7, 0))]).toEqual(expected);
});

test('a row too long is refused', () => {
  expect(() => compress(new Uint8Array(6145), 6145, 1, 1)).toThrow('6145 bytes, 6144 are allowed');
});
