/** The grey of a colour picture, rounded as OpenCV's `cvtColor` does: of three equal channels, just that. */

const BITS = 15;
/** 0.299, 0.587 and 0.114; together 2^15. */
const RED = 9798;
const GREEN = 19_235;
const BLUE = 3735;

/** @param pixels red, green and blue of each, one byte each. */
export function luminance(pixels: Uint8Array): Uint8Array {
  const grey = new Uint8Array(pixels.byteLength / 3);
  for (let i = 0, at = 0; i < grey.length; i += 1, at += 3) {
    const sum = RED * (pixels[at] ?? 0) + GREEN * (pixels[at + 1] ?? 0) + BLUE * (pixels[at + 2] ?? 0);
    grey[i] = (sum + 2 ** (BITS - 1)) >> BITS;
  }
  return grey;
}
