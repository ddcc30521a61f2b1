/** CRC32C (Castagnoli) as Cloud Storage writes it: four bytes, big-endian, base64. */

import { crc32c } from '@node-rs/crc32';

export interface RunningCrc32c {
  update(chunk: Uint8Array): void;
  toBase64(): string;
}

export function startCrc32c(): RunningCrc32c {
  let checksum = 0;
  return {
    update(chunk) {
      checksum = crc32c(chunk, checksum);
    },
    toBase64: () => encodeCrc32c(checksum),
  };
}

/** @param checksum unsigned 32-bit number. */
export function encodeCrc32c(checksum: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(checksum);
  return bytes.toString('base64');
}
