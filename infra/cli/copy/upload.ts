/** Copies one file to an object. */

import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { ObjectNotFoundError, PreconditionFailedError } from '../../../shared/storage/storage-errors.ts';
import { noBucket } from '../list-objects.ts';
import { checksummed } from './checksum.ts';
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

/** Throws when the object's checksum is not that of the bytes that were read. */
export async function upload(
  store: ObjectStore,
  { path, place }: Pick<Upload, 'path' | 'place'>,
  { overwrite }: { overwrite: boolean },
): Promise<'copied' | 'kept'> {
  const source = checksummed(createReadStream(path));
  const contentType = CONTENT_TYPES[extname(path).toLowerCase()] ?? UNKNOWN_TYPE;
  try {
    const info = await store.create(place.name, source.bytes, {
      contentType,
      ...(overwrite ? {} : { ifGenerationMatch: '0' }),
    });
    if (info.crc32c !== source.crc32c()) {
      throw new Error(`the object differs from the file (CRC32C ${info.crc32c}, not ${source.crc32c()})`);
    }
    return 'copied';
  } catch (error) {
    if (!overwrite && error instanceof PreconditionFailedError) return 'kept';
    throw error instanceof ObjectNotFoundError ? noBucket(place.bucket, error) : error;
  }
}
