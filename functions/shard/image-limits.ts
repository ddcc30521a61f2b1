/** Which images fit into the box while they are decoded, told from their header alone: a small file can hold a huge image. */

import type { Metadata } from 'sharp';
import { RecordFailure } from './record-failure.ts';

/** So that no decoder is asked for a row, or a table of rows, of any size that a header can claim. */
const SIDE_LIMIT_PX = 20_000;
/** For the time it takes: decoding streams, but every pixel is visited. */
const PIXEL_LIMIT = 100_000_000;
/**
 * What one image may take: the box alone, with its clients loaded, has 130 MiB, and chunks that are read but not collected
 * yet come on top. Measured peaks of the largest images accepted: up to 230 MiB (test/bounds/shard-memory.test.ts).
 */
const MEMORY_LIMIT_BYTES = 64 * 1024 * 1024;

/** libvips streams an image, yet keeps up to this many rows in buffers, whatever the output's size: measured 1700 to 2010. */
const BUFFERED_ROWS = 2048;
/** A progressive JPEG or interlaced PNG has to be held whole while it is decoded. */
const PROGRESSIVE_BYTES_PER_SAMPLE = 2;

export type ImageHeader = Pick<Metadata, 'width' | 'height' | 'channels' | 'depth' | 'isProgressive'>;

/**
 * Throws a RecordFailure ('image-too-large').
 * @param fileBytes size of the compressed image, which is held too.
 * @param source the image as the manifest names it, for the failure.
 */
export function checkImageLimits(header: ImageHeader, fileBytes: number, source: string): void {
  const { width, height } = header;
  const neededMiB = Math.ceil((fileBytes + decodingBytes(header)) / 2 ** 20);
  const limitMiB = MEMORY_LIMIT_BYTES / 2 ** 20;
  for (const [what, amount, limit] of [
    ['pixels along one side', Math.max(width, height), SIDE_LIMIT_PX],
    ['pixels', width * height, PIXEL_LIMIT],
    ['MiB to hold while it is decoded', neededMiB, limitMiB],
  ] as const) {
    if (amount <= limit) continue;
    throw new RecordFailure(
      'image-too-large',
      `the image has ${amount} ${what}, ${limit} are allowed`,
      source,
    );
  }
}

function decodingBytes({ width, height, channels, depth, isProgressive }: ImageHeader): number {
  const rowBytes = width * channels * (depth === 'uchar' ? 1 : 2);
  const wholeBytes = isProgressive ? width * height * channels * PROGRESSIVE_BYTES_PER_SAMPLE : 0;
  return wholeBytes + rowBytes * Math.min(height, BUFFERED_ROWS);
}
