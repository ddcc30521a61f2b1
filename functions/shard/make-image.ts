/** The picture of a record in the output, a square grey 8-bit PNG, from any JPEG or PNG; the shard's adapter of sharp. */

import type Sharp from 'sharp';
import { dropPngText } from '../../shared/images/drop-png-text.ts';
import { checkImageLimits } from './image-limits.ts';
import { RecordFailure } from './record-failure.ts';

/** A third smaller than without filters, at 1.43 times the CPU of decoding and resizing: `npm run bench -- png`. */
const PNG_OPTIONS = { compressionLevel: 2, adaptiveFiltering: true } as const;

export interface MadeImage {
  readonly png: Uint8Array;
  /** Of the original, in pixels. */
  readonly width: number;
  readonly height: number;
}

/**
 * The whole picture is scaled to `size` x `size` pixels; its aspect ratio is not kept, so that nothing is cut off and no
 * border is invented. Pixels are taken as stored: an orientation tag is not applied.
 * @param bytes may be changed: comments of a PNG are cut out.
 * @param source the image as the manifest names it, for the failure.
 * Throws a RecordFailure ('image-corrupt', 'image-too-large'); damage that a decoder would paint over counts as corrupt.
 */
export async function makeImage(bytes: Uint8Array, size: number, source: string): Promise<MadeImage> {
  const sharp = await loadSharp();
  try {
    const picture = sharp(dropPngText(bytes), { failOn: 'warning', limitInputPixels: false });
    const header = await picture.metadata();
    checkImageLimits(header, bytes.byteLength, source);
    const png = await picture
      .resize(size, size, { fit: 'fill' })
      .removeAlpha()
      .toColourspace('b-w')
      .png(PNG_OPTIONS)
      .toBuffer();
    return { png, width: header.width, height: header.height };
  } catch (error) {
    if (error instanceof RecordFailure) throw error;
    // Whatever libvips says: what is within the limits above has room, so the image is at fault.
    throw new RecordFailure('image-corrupt', 'the image cannot be decoded as JPEG or PNG', source);
  }
}

let loading: Promise<typeof Sharp> | undefined;

/** Loaded for the first image: tasks that find their work done need no native code. */
function loadSharp(): Promise<typeof Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    sharp.concurrency(1);
    sharp.cache(false);
    // libvips reads dozens of formats; what comes from outside gets no more than the two that are needed.
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng'] });
    return sharp;
  });
  return loading;
}
