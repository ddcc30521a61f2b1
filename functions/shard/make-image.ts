/** The picture of a record in the output, an 8-bit square, and its attention mask, from any JPEG or PNG. */

import { dropPngText } from '../../shared/images/drop-png-text.ts';
import type { Job } from '../../shared/pipeline/job.ts';
import { encodeImage } from './encode/encode-image.ts';
import { encodeBitPng } from './encode/encode-png.ts';
import { freeMemory } from './encode/free-memory.ts';
import { checkImageLimits, type ImageHeader } from './image-limits.ts';
import { loadSharp } from './load-sharp.ts';
import { attentionMask } from './mask/attention-mask.ts';
import { luminance } from './mask/luminance.ts';
import { RecordFailure } from './record-failure.ts';

export { imageExtension } from './encode/encode-image.ts';

export type ImageOptions = Job['image'];

export interface MadeImage {
  readonly image: Uint8Array;
  /** A PNG of one bit a pixel; undefined where the job wants none. */
  readonly mask: Uint8Array | undefined;
  /** Of the original, in pixels. */
  readonly width: number;
  readonly height: number;
}

/**
 * The whole picture is scaled to `size` x `size` pixels; its aspect ratio is not kept, so that nothing is cut off and no
 * border is invented. Pixels are taken as stored: an orientation tag is not applied. It is decoded once; the mask is made of
 * the scaled pixels, in colour of their luminance.
 * @param bytes may be changed: comments of a PNG are cut out.
 * @param source the image as the manifest names it, for the failure.
 * Throws a RecordFailure ('image-corrupt', 'image-too-large'); damage that a decoder would paint over counts as corrupt.
 */
export async function makeImage(
  bytes: Uint8Array,
  { size, channels, format, mask }: ImageOptions,
  source: string,
): Promise<MadeImage> {
  const { pixels, width, height } = await readPixels(bytes, size, channels, source);
  const made = {
    mask: mask ? maskOf(pixels, size, channels) : undefined,
    image: await encodeImage(pixels, size, channels, format),
    width,
    height,
  };
  freeMemory(pixels);
  return made;
}

function maskOf(pixels: Uint8Array, size: number, channels: 1 | 3): Uint8Array {
  if (channels === 1) return encodeBitPng(attentionMask(pixels, size), size);
  const grey = luminance(pixels);
  const mask = encodeBitPng(attentionMask(grey, size), size);
  freeMemory(grey);
  return mask;
}

interface ReadPixels {
  /** `size` x `size` x `channels` bytes. */
  readonly pixels: Uint8Array;
  /** Of the original. */
  readonly width: number;
  readonly height: number;
}

async function readPixels(
  bytes: Uint8Array,
  size: number,
  channels: 1 | 3,
  source: string,
): Promise<ReadPixels> {
  const sharp = await loadSharp();
  try {
    const picture = sharp(dropPngText(bytes), { failOn: 'warning', limitInputPixels: false });
    const header: ImageHeader = await picture.metadata();
    checkImageLimits(header, bytes.byteLength, source);
    const pixels = await picture
      .resize(size, size, { fit: 'fill' })
      .removeAlpha()
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer();
    return { pixels, width: header.width, height: header.height };
  } catch (error) {
    if (error instanceof RecordFailure) throw error;
    // Whatever libvips says: what is within the limits above has room, so the image is at fault.
    throw new RecordFailure('image-corrupt', 'the image cannot be decoded as JPEG or PNG', source);
  }
}
