/** Holds the bytes of a model file, on disk or as they arrive, against what its card states. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { TerminalError } from '../errors/terminal-error.ts';

export interface StatedFile {
  /** Its name, in the image's folder or the bucket. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Throws a TerminalError ('model-mismatch') when the file at `path` is another; what reading it throws otherwise. */
export async function checkModelFile(path: string, stated: StatedFile): Promise<void> {
  for await (const _ of checked(createReadStream(path), stated)) {
    // The check is at the end.
  }
}

/** Writes the bytes as they come. Throws a TerminalError ('model-mismatch') at the first byte too many, or at the end. */
export async function receiveModelFile(
  from: AsyncIterable<Uint8Array>,
  to: string,
  stated: StatedFile,
): Promise<void> {
  await using file = await open(to, 'wx');
  for await (const chunk of checked(from, stated)) await file.writeFile(chunk);
}

async function* checked(chunks: AsyncIterable<Uint8Array>, stated: StatedFile): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > stated.bytes)
      throw mismatch(stated, `more than the ${stated.bytes} bytes that its card states`);
    hash.update(chunk);
    yield chunk;
  }
  if (bytes < stated.bytes) throw mismatch(stated, `${bytes} bytes, and its card states ${stated.bytes}`);
  if (hash.digest('hex') !== stated.sha256) throw mismatch(stated, 'another SHA-256 than its card states');
}

function mismatch({ file }: StatedFile, what: string): TerminalError {
  return new TerminalError('model-mismatch', `model file ${file} has ${what}`);
}
