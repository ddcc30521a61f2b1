/** What a picture may be before anything of it is decoded: its kind by its first bytes, its size by its header. */

import { HttpProblem } from '../http/problem.ts';
import { type ImageKind, imageKind, type RefusedKind } from './image-kind.ts';

/** Decoded in strips, so pixels cost time alone: 40 million take about a second. */
const PIXEL_LIMIT = 40_000_000;
/** What decoding may take beside the service and its model. */
const DECODING_LIMIT_BYTES = 48_000_000;
/** libvips buffers this many rows for each row that it averages, and as many again: measured 260 to 290, and 520 for one. */
const BUFFERED_ROWS = 256;
/** A WebP's frame and its canvas, each RGBA. */
const WEBP_PIXEL_BYTES = 8;
/** Progressive JPEG and interlaced PNG as coefficients or rows and as pixels; a TIFF may be one tile, and is held twice then. */
const WHOLE_TIMES = 2;
/** A longer strip would not be a picture of anything. */
const ASPECT_LIMIT = 16;

const NAMES: Readonly<Record<RefusedKind, string>> = {
  pdf: 'a PDF: send the picture in it as JPEG, PNG, WebP or TIFF',
  dicom: 'DICOM: export it as PNG or JPEG first, without the patient in it',
  gif: 'a GIF',
  heif: 'HEIF or AVIF: export it as JPEG',
  svg: 'an SVG',
  bmp: 'a bitmap (BMP)',
};

/** Throws HttpProblem 422 for no bytes, 415 for what cannot be read. */
export function requireKind(bytes: Uint8Array): ImageKind {
  if (bytes.byteLength === 0) {
    throw new HttpProblem(422, 'image-empty', 'Image is empty', { detail: 'the image has no bytes' });
  }
  const kind = imageKind(bytes);
  if (kind !== undefined && 'accepted' in kind) return kind.accepted;
  throw new HttpProblem(415, 'image-type-unsupported', 'Not an image that can be read', {
    detail:
      kind === undefined
        ? 'what was sent is neither JPEG, PNG, WebP nor TIFF'
        : `what was sent is ${NAMES[kind.refused]}`,
  });
}

/** Throws HttpProblem 413 or 422. */
export function requireSize(width: number, height: number): void {
  requireAtMost(width * height, PIXEL_LIMIT, 'pixels');
  if (Math.max(width, height) > Math.min(width, height) * ASPECT_LIMIT) {
    throw new HttpProblem(422, 'image-too-narrow', 'Image too narrow', {
      detail: `the longer side may be at most ${ASPECT_LIMIT} times the shorter one`,
    });
  }
}

export interface ImageHeader {
  readonly kind: ImageKind;
  readonly width: number;
  readonly height: number;
  /** Samples of one pixel. */
  readonly channels: number;
  /** As sharp names the type of a sample. */
  readonly depth?: string | undefined;
  /** Progressive JPEG, interlaced PNG. */
  readonly isProgressive?: boolean | undefined;
}

/**
 * What decoding takes, in bytes. Throws HttpProblem 413 where that is too much, whatever the file weighs.
 *
 * @param shrink how many rows the decoder averages to one.
 */
export function requireDecodable(header: ImageHeader, shrink: number): number {
  const bytes = decodingBytes(header, shrink);
  requireAtMost(bytes, DECODING_LIMIT_BYTES, 'bytes to hold while it is decoded');
  return bytes;
}

function decodingBytes(header: ImageHeader, shrink: number): number {
  const { kind, width, height, channels, depth, isProgressive } = header;
  if (kind === 'webp') return width * height * WEBP_PIXEL_BYTES;
  const rowBytes = width * channels * sampleBytes(depth);
  const isWhole = kind === 'tiff' || isProgressive === true;
  return rowBytes * (isWhole ? height * WHOLE_TIMES : Math.min(height, BUFFERED_ROWS * (shrink + 1)));
}

function sampleBytes(depth: string | undefined): number {
  if (depth === undefined || /char$/.test(depth)) return 1;
  if (/short$/.test(depth)) return 2;
  return /^(u?int|float)$/.test(depth) ? 4 : 16;
}

function requireAtMost(size: number, limit: number, unit: string): void {
  if (size <= limit) return;
  throw new HttpProblem(413, 'image-too-large', 'Image too large', {
    detail: `the image has ${size} ${unit}, ${limit} are allowed`,
  });
}
