/** What a picture may be before anything of it is decoded: its kind by its first bytes, its size by its header. */

import { HttpProblem } from '../http/problem.ts';
import { type ImageKind, imageKind, type RefusedKind } from './image-kind.ts';

/** Decoded in strips, so pixels cost time alone: 40 million take about a second. */
const PIXEL_LIMIT = 40_000_000;
/** What has to be held whole while it is decoded: progressive JPEG, interlaced PNG, WebP, TIFF. */
const WHOLE_SAMPLE_LIMIT = 24_000_000;
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

/**
 * Throws HttpProblem 413 or 422.
 *
 * @param wholeChannels given where all of the picture has to be in memory at once: the samples of one pixel.
 */
export function requireSize(width: number, height: number, wholeChannels: number | undefined): void {
  const [size, limit, unit] =
    wholeChannels === undefined
      ? [width * height, PIXEL_LIMIT, 'pixels']
      : [width * height * wholeChannels, WHOLE_SAMPLE_LIMIT, 'samples in a picture of this kind'];
  if (size > limit) {
    throw new HttpProblem(413, 'image-too-large', 'Image too large', {
      detail: `the image has ${size} ${unit}, ${limit} are allowed`,
    });
  }
  if (Math.max(width, height) > Math.min(width, height) * ASPECT_LIMIT) {
    throw new HttpProblem(422, 'image-too-narrow', 'Image too narrow', {
      detail: `the longer side may be at most ${ASPECT_LIMIT} times the shorter one`,
    });
  }
}
