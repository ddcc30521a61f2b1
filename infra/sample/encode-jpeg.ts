/** Writes a grey picture as JPEG; the only place of the sample that knows sharp. */

import sharp from 'sharp';

// One thread and no cache: no two pictures are alike, and memory stays flat.
sharp.concurrency(1);
sharp.cache(false);

/** High enough to keep the grain, as clinical exports do. */
const QUALITY = 92;
const DESCRIPTION = 'Synthetic chest-like picture drawn by Pillbox. Not a patient.';

/** @param grey one byte a pixel, row by row. */
export async function encodeJpeg(grey: Uint8Array, widthPx: number, heightPx: number): Promise<Buffer> {
  return await sharp(grey, { raw: { width: widthPx, height: heightPx, channels: 1 } })
    // Without it sharp writes three equal channels.
    .toColourspace('b-w')
    .jpeg({ quality: QUALITY, optimizeCoding: false })
    .withExif({ IFD0: { ImageDescription: DESCRIPTION } })
    .toBuffer();
}
