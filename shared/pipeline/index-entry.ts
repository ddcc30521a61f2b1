/** One record in the offset index of a manifest: where its line starts and how long it is, as fixed-width numbers. */

/** Two little-endian unsigned 64-bit numbers. Fixed width puts entry n at byte 16 n. */
export const INDEX_ENTRY_BYTES = 16;

export interface IndexEntry {
  /** First byte of the line. */
  readonly offset: number;
  /** In bytes, the line feed not counted. */
  readonly length: number;
}

export function encodeEntries(entries: readonly IndexEntry[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(INDEX_ENTRY_BYTES * entries.length));
  entries.forEach(({ offset, length }, i) => {
    view.setBigUint64(INDEX_ENTRY_BYTES * i, BigInt(offset), true);
    view.setBigUint64(INDEX_ENTRY_BYTES * i + 8, BigInt(length), true);
  });
  return new Uint8Array(view.buffer);
}

/** @param bytes exactly one entry. */
export function decodeEntry(bytes: Uint8Array): IndexEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, INDEX_ENTRY_BYTES);
  return { offset: Number(view.getBigUint64(0, true)), length: Number(view.getBigUint64(8, true)) };
}
