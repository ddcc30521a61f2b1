/**
 * Writes a grey or colour PNG whose rows are all filtered in one way and only Huffman-coded, because an X-ray has grain and
 * next to no repeats. libvips has no such setting; zlib has one, and takes 1.7 ms for it, its filter not counted. Only whole
 * numbers are computed, so the bytes are the same on every machine. CPU and size of a sample X-ray at 518 (`npm run bench --
 * record-image`; bare decoding and resizing take 23.7 ms in the same run, the picture has 268 KB):
 *
 *     this                          0.7 ms   99 KB
 *     libvips, level 0              1.0 ms  269 KB
 *     libvips, level 1              2.6 ms  212 KB
 *     libvips, level 2              4.0 ms  173 KB
 *     libvips, level 2, adaptive    5.6 ms  117 KB
 */

import { crc32 } from 'node:zlib';
import { CollectedBytes } from './collected-bytes.ts';
import { FilteredRows } from './filtered-rows.ts';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Of a chunk, beside its content: length, type and checksum. */
const FRAME_BYTES = 12;
const HEADER_BYTES = 13;
const GREY = 0;
const COLOUR = 2;

/** Both are kept from picture to picture. */
let filteredRows: FilteredRows | undefined;
const compressed = new CollectedBytes();

/** @param pixels `size` x `size` x `channels` bytes. */
export function encodePng(pixels: Uint8Array, size: number, channels: 1 | 3): Uint8Array {
  return encode(pixels, { size, rowBytes: size * channels, channels, bitDepth: 8 });
}

/**
 * One bit a pixel: a set one is white. Its rows are not filtered.
 * @param bits rows of `ceil(size / 8)` bytes, the leftmost pixel in the highest bit.
 */
export function encodeBitPng(bits: Uint8Array, size: number): Uint8Array {
  return encode(bits, { size, rowBytes: Math.ceil(size / 8), channels: 0, bitDepth: 1 });
}

interface Layout {
  readonly size: number;
  readonly rowBytes: number;
  /** Zero where rows are not filtered. */
  readonly channels: 0 | 1 | 3;
  readonly bitDepth: 1 | 8;
}

function encode(rows: Uint8Array, layout: Layout): Uint8Array {
  const { size, rowBytes, channels } = layout;
  const expected = rowBytes * size;
  if (rows.byteLength !== expected) {
    throw new RangeError(`the picture has ${rows.byteLength} bytes in place of ${expected}`);
  }
  filteredRows ??= new FilteredRows();
  compressed.clear();
  filteredRows.compress(rows, rowBytes, size, channels, compressed);
  return assemble(layout);
}

function assemble({ size, bitDepth, channels }: Layout): Uint8Array {
  const png = Buffer.alloc(SIGNATURE.byteLength + 3 * FRAME_BYTES + HEADER_BYTES + compressed.length);
  SIGNATURE.copy(png);
  const headerAt = contentOf(SIGNATURE.byteLength);
  png.writeUInt32BE(size, headerAt);
  png.writeUInt32BE(size, headerAt + 4);
  png.writeUInt8(bitDepth, headerAt + 8);
  png.writeUInt8(channels === 3 ? COLOUR : GREY, headerAt + 9);
  const dataAt = finishChunk(png, SIGNATURE.byteLength, 'IHDR', HEADER_BYTES);
  const dataBytes = compressed.length;
  compressed.moveTo(png, contentOf(dataAt));
  finishChunk(png, finishChunk(png, dataAt, 'IDAT', dataBytes), 'IEND', 0);
  return png;
}

/** Of a chunk that begins at `at`. */
const contentOf = (at: number): number => at + 8;

/** Writes what is around a chunk's content. Returns where the next one goes. */
function finishChunk(png: Buffer, at: number, type: string, contentBytes: number): number {
  const end = at + FRAME_BYTES + contentBytes;
  png.writeUInt32BE(contentBytes, at);
  png.write(type, at + 4, 'latin1');
  png.writeUInt32BE(crc32(png.subarray(at + 4, end - 4)), end - 4);
  return end;
}
