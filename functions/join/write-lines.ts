/** Writes lines as one object, made while they are sent: nobody holds all of them. */

import { crc32c } from '@node-rs/crc32';
import { existingTwin } from '../../shared/pipeline/create-once.ts';
import { encodeCrc32c } from '../../shared/storage/crc32c.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/storage/object-store.ts';
import { PreconditionFailedError } from '../../shared/storage/storage-errors.ts';

const CHUNK_UNITS = 64 * 1024;

/**
 * Creates the object, or checks that the one there has the same bytes; undefined when there are no lines.
 * Throws like `existingTwin`.
 *
 * @param lines the same at every call, each without its line feed.
 */
export async function writeLines(
  store: ObjectStore,
  name: string,
  lines: () => Iterable<string>,
): Promise<ObjectInfo | undefined> {
  for (const _ of lines()) return write(store, name, lines);
  return undefined;
}

async function write(store: ObjectStore, name: string, lines: () => Iterable<string>): Promise<ObjectInfo> {
  try {
    const options = { contentType: 'application/jsonl', ifGenerationMatch: '0' };
    return await store.create(name, asStream(lines()), options);
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
  }
  // The upload may have ended before all lines were made, so they are made again.
  let sizeBytes = 0;
  let checksum = 0;
  for (const chunk of chunks(lines())) {
    sizeBytes += chunk.byteLength;
    checksum = crc32c(chunk, checksum);
  }
  return existingTwin(store, name, { sizeBytes, crc32c: encodeCrc32c(checksum) });
}

async function* asStream(lines: Iterable<string>): AsyncIterable<Uint8Array> {
  yield* chunks(lines);
}

function* chunks(lines: Iterable<string>): Iterable<Buffer> {
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < CHUNK_UNITS) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}
