/** A limit to the pictures in one TIFF: the decoder visits every one before it decodes the first, in seconds for many. */

import { HttpProblem } from '../http/problem.ts';

const PAGE_LIMIT = 256;
const FIRST_AT = 4;
const ENTRY_BYTES = 12;

/**
 * Throws HttpProblem 413. What is no directory any more is left to the decoder.
 *
 * @param bytes a file whose first bytes are a TIFF's.
 */
export function requireFewPages(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const nextAt = (at: number): number => {
    if (at + 4 > bytes.byteLength) return 0;
    return view.getUint32(at, little);
  };
  let at = nextAt(FIRST_AT);
  for (let pages = 0; at !== 0; pages++) {
    if (pages === PAGE_LIMIT) {
      throw new HttpProblem(413, 'image-too-large', 'Image too large', {
        detail: `the TIFF holds more than ${PAGE_LIMIT} pictures`,
      });
    }
    if (at + 2 > bytes.byteLength) return;
    at = nextAt(at + 2 + view.getUint16(at, little) * ENTRY_BYTES);
  }
}
