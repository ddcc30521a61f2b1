/**
 * A PNG without its comments. libvips unpacks them all and sharp copies them, so that 50 KB of compressed text would take
 * 250 MiB; nothing of them is in the picture.
 */

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Beside its content a chunk has a length, a type, and a checksum of four bytes each. */
const FRAME_BYTES = 12;
/** The chunks besides the critical ones (whose names begin with a capital) that say how pixels are meant. */
const KEPT = new Set(['tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT']);

/**
 * Moves what is kept to the front of `bytes`, which are changed, and returns that part; other formats are left alone. What
 * is no chunk any more stays as it is: the decoder finds the damage.
 *
 * @param alsoKept names of more chunks that are to stay, such as eXIf.
 */
export function dropPngText(bytes: Uint8Array, alsoKept: readonly string[] = []): Uint8Array {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!view.subarray(0, SIGNATURE.byteLength).equals(SIGNATURE)) return bytes;
  let end = SIGNATURE.byteLength;
  let at = end;
  while (at + FRAME_BYTES <= view.byteLength) {
    const next = at + FRAME_BYTES + view.readUInt32BE(at);
    if (next > view.byteLength) break;
    const type = view.toString('latin1', at + 4, at + 8);
    if (/^[A-Z]/.test(type) || KEPT.has(type) || alsoKept.includes(type)) {
      view.copyWithin(end, at, next);
      end += next - at;
    }
    at = next;
    if (type === 'IEND') return bytes.subarray(0, end);
  }
  view.copyWithin(end, at);
  return bytes.subarray(0, end + view.byteLength - at);
}
