/**
 * Entries of a tar archive, as plain bytes: the same input gives the same bytes on every machine. There is no end of the
 * archive here, so that parts can be joined; it is added when the last part is known.
 */

const BLOCK_BYTES = 512;
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;

/** The header of one file and its content, padded to whole blocks. Mode 0644, no owner, time zero. */
export function tarEntry(name: string, content: Uint8Array): Uint8Array[] {
  const rest = content.byteLength % BLOCK_BYTES;
  const padding = rest === 0 ? [] : [new Uint8Array(BLOCK_BYTES - rest)];
  return [tarHeader(name, content.byteLength), content, ...padding];
}

/** POSIX ustar; numbers are octal and end in NUL. */
function tarHeader(name: string, sizeBytes: number): Uint8Array {
  const header = Buffer.alloc(BLOCK_BYTES);
  if (Buffer.byteLength(name) > 100) throw new RangeError('names of entries have at most 100 bytes');
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(sizeBytes, 11), 124);
  header.write(octal(0, 11), 136);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  // The sum is taken with blanks where it will stand.
  header.fill(' ', CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, CHECKSUM_AT);
  return header;
}

function octal(value: number, digits: number): string {
  const text = value.toString(8).padStart(digits, '0');
  if (text.length > digits) throw new RangeError(`${value} does not fit into ${digits} octal digits`);
  return text;
}
