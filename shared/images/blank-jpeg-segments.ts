/**
 * Blanks a JPEG's comments and application segments, which may be nearly all of the file and which the decoder copies
 * several times; nothing of them is in the picture.
 */

/** Begins a marker; any number of them may stand before one, and is passed over. */
const FILL = 0xff;
const START_OF_IMAGE = 0xd8;
const START_OF_SCAN = 0xda;
const COMMENT = 0xfe;
const FIRST_APPLICATION = 0xe0;
const EXIF_APPLICATION = 0xe1;
/** Says how the colours are meant. */
const ADOBE = 0xee;
const LAST_APPLICATION = 0xef;
const EXIF = Buffer.from('Exif\0\0', 'latin1');
const LENGTH_BYTES = 2;

/**
 * In place, and the length stays. Kept are the first Exif segment, for its orientation, and what says how pixels are meant.
 * Other formats are left alone, and so is what is no segment any more: the decoder finds the damage.
 */
export function blankJpegSegments(bytes: Uint8Array): void {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view[0] !== FILL || view[1] !== START_OF_IMAGE) return;
  let hasExif = false;
  let at = 2;
  while (view[at] === FILL) {
    const type = view[at + 1];
    if (type === FILL) {
      at += 1;
      continue;
    }
    const content = at + 2 + LENGTH_BYTES;
    if (type === undefined || type === START_OF_SCAN || content > view.byteLength) return;
    const next = at + 2 + view.readUInt16BE(at + 2);
    if (next < content || next > view.byteLength) return;
    const isExif: boolean =
      !hasExif && type === EXIF_APPLICATION && view.subarray(content, next).indexOf(EXIF) === 0;
    hasExif ||= isExif;
    if (!isExif && isMetadata(type)) view.fill(FILL, at, next);
    at = next;
  }
}

function isMetadata(type: number): boolean {
  return type === COMMENT || (type > FIRST_APPLICATION && type <= LAST_APPLICATION && type !== ADOBE);
}
