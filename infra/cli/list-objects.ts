/** Lists the objects of a place, and says so when its bucket is not there. */

import type { ObjectInfo, OpenStore, OpenStoreOptions } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';
import { CommandError, EXIT } from './command-error.ts';
import type { CloudPlace } from './gs-url.ts';

/** All objects whose names begin with the place's. Throws a CommandError (not found) for a bucket that does not exist. */
export async function* listObjects(
  openStore: OpenStore,
  { bucket, name }: CloudPlace,
  options: OpenStoreOptions = {},
): AsyncGenerator<ObjectInfo> {
  try {
    yield* openStore(bucket, options).list(name);
  } catch (cause) {
    throw cause instanceof ObjectNotFoundError ? noBucket(bucket, cause) : cause;
  }
}

export const noBucket = (bucket: string, cause: unknown) =>
  new CommandError(EXIT.notFound, `there is no bucket ${bucket}`, { cause });
