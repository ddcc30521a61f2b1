/** CRC32C and MD5 of bytes as they pass, in the base64 forms of the JSON API. */

import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';

export interface Checksums {
  /** CRC32C as an unsigned number. */
  readonly crc32c: number;
  /** Base64. */
  readonly md5: string;
}

export interface RunningChecksum {
  update(chunk: Uint8Array): void;
  /** The checksums of everything so far; more may follow. */
  current(): Checksums;
}

export function startChecksum(): RunningChecksum {
  const md5 = createHash('md5');
  let crc = 0;
  return {
    update(chunk) {
      crc = crc32c(chunk, crc);
      md5.update(chunk);
    },
    current: () => ({ crc32c: crc, md5: md5.copy().digest('base64') }),
  };
}
