/** The header of a plain JPEG, read without a decoder: asking libvips for it is a pass over the file of its own. */

import type { ImageHeader } from './image-limits.ts';

const MARKER = 0xff;
const START_OF_IMAGE = 0xd8;
/** Baseline, and extended sequential, which is the same but for its tables. ITU-T T.81, table B.1. */
const SEQUENTIAL_FRAMES = [0xc0, 0xc1];
const HUFFMAN_TABLES = 0xc4;
const QUANTISATION_TABLES = 0xdb;
const RESTART_INTERVAL = 0xdd;
const FIRST_APPLICATION = 0xe0;
const LAST_APPLICATION = 0xef;
const COMMENT = 0xfe;
const BITS_PER_SAMPLE = 8;
/** Of a frame: length, precision, height, width, number of components. */
const FRAME_BYTES = 8;

/**
 * Undefined for all else, progressive and CMYK JPEGs, other formats and damage among it: those are for libvips to judge.
 * The frame that comes first is the one that libjpeg takes; a second one it refuses.
 */
export function readBaselineJpegHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view[0] !== MARKER || view[1] !== START_OF_IMAGE) return undefined;
  let at = 2;
  while (view[at] === MARKER && at + 2 + FRAME_BYTES <= view.byteLength) {
    const type = view.readUInt8(at + 1);
    const segment = at + 2;
    if (SEQUENTIAL_FRAMES.includes(type)) return readFrame(view.subarray(segment));
    if (!isPassedOver(type)) return undefined;
    at = segment + Math.max(2, view.readUInt16BE(segment));
  }
  return undefined;
}

function isPassedOver(type: number): boolean {
  return (
    [HUFFMAN_TABLES, QUANTISATION_TABLES, RESTART_INTERVAL, COMMENT].includes(type) ||
    (type >= FIRST_APPLICATION && type <= LAST_APPLICATION)
  );
}

function readFrame(frame: Buffer): ImageHeader | undefined {
  const height = frame.readUInt16BE(3);
  const width = frame.readUInt16BE(5);
  const channels = frame.readUInt8(7);
  const isPlain = frame.readUInt8(2) === BITS_PER_SAMPLE && (channels === 1 || channels === 3);
  if (!isPlain || height === 0 || width === 0) return undefined;
  return { width, height, channels, depth: 'uchar', isProgressive: false };
}
