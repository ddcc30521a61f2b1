/** The size and SHA-256 of a file, read through one small piece of memory. */

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const CHUNK_BYTES = 256 * 1024;

export interface FileHash {
  readonly bytes: number;
  readonly sha256: string;
}

export async function hashFile(path: string): Promise<FileHash> {
  const hash = createHash('sha256');
  const chunk = new Uint8Array(CHUNK_BYTES);
  let bytes = 0;
  await using file = await open(path);
  for (;;) {
    // Into the same memory again and again: a stream's chunks would lie about until the next garbage collection.
    const { bytesRead } = await file.read(chunk);
    if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
    hash.update(chunk.subarray(0, bytesRead));
    bytes += bytesRead;
  }
}
