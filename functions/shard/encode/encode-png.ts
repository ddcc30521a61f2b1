/**
 * Writes a grey or colour PNG whose rows are all filtered in one way and only Huffman-coded, because an X-ray has grain and
 * next to no repeats. zlib does not look for any, which it would do differently on different processors: the bytes are the
 * same on all. libvips has no such setting. CPU and size of a sample X-ray at 518 (`npm run bench -- record-image`; bare
 * decoding and resizing take 23.3 ms in the same run, the picture has 268 KB):
 *
 *     this                          2.1 ms  108 KB
 *     libvips, level 0              0.7 ms  269 KB
 *     libvips, level 1              2.4 ms  212 KB
 *     libvips, level 2              3.7 ms  173 KB
 *     libvips, level 2, adaptive    5.3 ms  117 KB
 *
 * Of the filters, tried the same way: Up has 3 % more bytes; Paeth has 9 % less, and takes twice the time.
 */

import { constants, crc32, deflateSync } from 'node:zlib';
import { freeMemory } from './free-memory.ts';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Of a chunk, beside its content: length, type and checksum. */
const FRAME_BYTES = 12;
const HEADER_BYTES = 13;
const GREY = 0;
const COLOUR = 2;
/** The filter type: the difference to the mean of the byte above and the one on the left. */
const AVERAGE = 3;

/** @param pixels `size` x `size` x `channels` bytes. */
export function encodePng(pixels: Uint8Array, size: number, channels: 1 | 3): Uint8Array {
  const rowBytes = size * channels;
  checkLength(pixels, rowBytes * size);
  const filtered = new Uint8Array((rowBytes + 1) * size);
  for (let y = 0; y < size; y += 1)
    filterAverage(pixels, y * rowBytes, rowBytes, channels, filtered, y === 0);
  const data = deflateSync(filtered, {
    strategy: constants.Z_HUFFMAN_ONLY,
    // Room for all of it at once.
    chunkSize: Math.max(filtered.byteLength, constants.Z_MIN_CHUNK),
  });
  const png = assemble(size, 8, channels === 1 ? GREY : COLOUR, data);
  freeMemory(filtered);
  freeMemory(data);
  return png;
}

/**
 * One bit a pixel: a set one is white.
 * @param bits rows of `ceil(size / 8)` bytes, the leftmost pixel in the highest bit.
 */
export function encodeBitPng(bits: Uint8Array, size: number): Uint8Array {
  const rowBytes = Math.ceil(size / 8);
  checkLength(bits, rowBytes * size);
  const filtered = new Uint8Array((rowBytes + 1) * size);
  // The filter type before each row stays zero, which is none: a filter makes bits no shorter.
  for (let y = 0; y < size; y += 1) {
    // Byte by byte: a view of each row would be half of the garbage that a record leaves.
    const shift = y + 1;
    for (let at = y * rowBytes; at < (y + 1) * rowBytes; at += 1) filtered[at + shift] = bits[at] ?? 0;
  }
  return assemble(size, 1, GREY, deflateSync(filtered, { strategy: constants.Z_RLE }));
}

function checkLength(pixels: Uint8Array, bytes: number): void {
  if (pixels.byteLength !== bytes) {
    throw new RangeError(`the picture has ${pixels.byteLength} bytes in place of ${bytes}`);
  }
}

/** One row, behind its filter type; above the first and left of each there is zero. */
function filterAverage(
  pixels: Uint8Array,
  from: number,
  rowBytes: number,
  channels: number,
  filtered: Uint8Array,
  isFirst: boolean,
): void {
  const to = from + from / rowBytes + 1;
  const above = from - rowBytes;
  filtered[to - 1] = AVERAGE;
  for (let x = 0; x < channels; x += 1) {
    const up = isFirst ? 0 : (pixels[above + x] ?? 0);
    filtered[to + x] = (pixels[from + x] ?? 0) - (up >> 1);
  }
  if (isFirst) {
    for (let x = channels; x < rowBytes; x += 1) {
      filtered[to + x] = (pixels[from + x] ?? 0) - ((pixels[from + x - channels] ?? 0) >> 1);
    }
    return;
  }
  for (let x = channels; x < rowBytes; x += 1) {
    const mean = ((pixels[from + x - channels] ?? 0) + (pixels[above + x] ?? 0)) >> 1;
    filtered[to + x] = (pixels[from + x] ?? 0) - mean;
  }
}

function assemble(size: number, bitDepth: number, colourType: number, data: Uint8Array): Uint8Array {
  const png = Buffer.alloc(SIGNATURE.byteLength + 3 * FRAME_BYTES + HEADER_BYTES + data.byteLength);
  SIGNATURE.copy(png);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.writeUInt8(bitDepth, 8);
  header.writeUInt8(colourType, 9);
  let at = writeChunk(png, SIGNATURE.byteLength, 'IHDR', header);
  at = writeChunk(png, at, 'IDAT', data);
  writeChunk(png, at, 'IEND', new Uint8Array(0));
  return png;
}

/** Returns where the next one goes. */
function writeChunk(png: Buffer, at: number, type: string, content: Uint8Array): number {
  const end = at + FRAME_BYTES + content.byteLength;
  png.writeUInt32BE(content.byteLength, at);
  png.write(type, at + 4, 'latin1');
  png.set(content, at + 8);
  png.writeUInt32BE(crc32(png.subarray(at + 4, end - 4)), end - 4);
  return end;
}
