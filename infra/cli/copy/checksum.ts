/** Computes the CRC32C of bytes as they pass. */

import { crc32c } from '@node-rs/crc32';
import { encodeCrc32c } from '../../../shared/storage/crc32c.ts';

export interface Checksummed {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Of what has passed so far, in the form of Cloud Storage. */
  crc32c(): string;
}

export function checksummed(source: AsyncIterable<Uint8Array>): Checksummed {
  let sum = 0;
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      sum = crc32c(chunk, sum);
      yield chunk;
    }
  }
  return {
    bytes: pass(),
    crc32c: () => encodeCrc32c(sum),
  };
}
