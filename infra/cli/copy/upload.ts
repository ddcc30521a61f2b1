/** Copies one file to an object. */

import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { ObjectNotFoundError, PreconditionFailedError } from '../../../shared/storage/storage-errors.ts';
import { noBucket } from '../list-objects.ts';
import type { Upload } from './places.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.jsonl': 'application/jsonl',
  '.png': 'image/png',
  '.tar': 'application/x-tar',
  '.txt': 'text/plain; charset=utf-8',
};
const UNKNOWN_TYPE = 'application/octet-stream';

/** The store checks that the bytes that were read are those that arrived. */
export async function upload(
  store: ObjectStore,
  { path, place }: Pick<Upload, 'path' | 'place'>,
  { overwrite }: { overwrite: boolean },
): Promise<'copied' | 'kept'> {
  const contentType = CONTENT_TYPES[extname(path).toLowerCase()] ?? UNKNOWN_TYPE;
  try {
    await store.create(place.name, createReadStream(path), {
      contentType,
      ...(overwrite ? {} : { ifGenerationMatch: '0' }),
    });
    return 'copied';
  } catch (error) {
    if (!overwrite && error instanceof PreconditionFailedError) return 'kept';
    throw error instanceof ObjectNotFoundError ? noBucket(place.bucket, error) : error;
  }
}
