/** The file of a picture in the output: PNG, JPEG, or the bare pixels as NumPy reads them. */

import type { Job } from '../../../shared/pipeline/job.ts';
import { loadSharp } from '../load-sharp.ts';
import { npy } from '../npy.ts';
import { encodePng } from './encode-png.ts';

export type ImageFormat = Job['image']['format'];

/** High enough for the grain of an X-ray to be kept. */
const JPEG_QUALITY = 92;

const EXTENSIONS = { png: 'png', jpeg: 'jpg', raw: 'image.npy' } as const satisfies Record<
  ImageFormat,
  string
>;

/** What follows the key of a record and a dot. */
export const imageExtension = (format: ImageFormat): 'png' | 'jpg' | 'image.npy' => EXTENSIONS[format];

/** @param pixels `size` x `size` x `channels` bytes. Raw is uint8 of [size, size] or [size, size, 3]. */
export async function encodeImage(
  pixels: Uint8Array,
  size: number,
  channels: 1 | 3,
  format: ImageFormat,
): Promise<Uint8Array> {
  switch (format) {
    case 'png':
      return encodePng(pixels, size, channels);
    case 'raw':
      return npy('|u1', channels === 1 ? [size, size] : [size, size, 3], pixels);
    case 'jpeg': {
      const sharp = await loadSharp();
      return await sharp(pixels, { raw: { width: size, height: size, channels } })
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4' })
        .toBuffer();
    }
  }
}
