/** Works out which objects `pillbox cp gs://… DIR` copies, and where to. */

import { join } from 'node:path';
import { CommandError, EXIT } from '../command-error.ts';
import { type CloudPlace, gsUrl } from '../gs-url.ts';
import { listObjects } from '../list-objects.ts';
import {
  asFolder,
  type CopyOptions,
  type Download,
  isCloudFolder,
  isLocalFolder,
  lastSegment,
  needsRecursive,
  notFound,
} from './places.ts';
import { pathInside } from './safe-path.ts';

/** Yields page by page, so that a bucket of any size is copied in flat memory. Throws a CommandError for a source that is not there. */
export async function* planDownloads(
  sources: readonly CloudPlace[],
  target: string,
  options: CopyOptions,
): AsyncGenerator<Download> {
  const intoFolder = target.endsWith('/') || (await isLocalFolder(target));
  if (sources.length > 1 && !intoFolder) {
    throw new CommandError(
      EXIT.usage,
      `several sources need a folder to go to: ${target} is none (end it with /)`,
    );
  }
  for (const source of sources) {
    if (options.recursive) yield* planFolder(source, target, intoFolder, options);
    else yield await planObject(source, target, intoFolder, options);
  }
}

async function planObject(
  place: CloudPlace,
  target: string,
  intoFolder: boolean,
  { openStore }: CopyOptions,
): Promise<Download> {
  const isFolderName = place.name === '' || place.name.endsWith('/');
  const info = isFolderName ? undefined : await openStore(place.bucket).stat(place.name);
  if (info === undefined)
    throw (await isCloudFolder(openStore, place)) ? needsRecursive(gsUrl(place)) : notFound(gsUrl(place));
  const last = place.name.slice(place.name.lastIndexOf('/') + 1);
  return { place, info, path: intoFolder ? pathInside(target, last) : target };
}

/** As `cp -r`: into a folder that exists goes the source folder itself; otherwise the target becomes it. */
async function* planFolder(
  source: CloudPlace,
  target: string,
  intoFolder: boolean,
  { openStore }: CopyOptions,
): AsyncGenerator<Download> {
  const prefix = asFolder(source.name);
  const own = source.name === '' ? source.bucket : lastSegment(source.name);
  const root = intoFolder ? join(target, own) : target;
  let found = false;
  for await (const info of listObjects(openStore, { bucket: source.bucket, name: prefix })) {
    found = true;
    // An object whose name ends in / stands for a folder, and has nothing to copy.
    if (info.name.endsWith('/')) continue;
    const place = { bucket: source.bucket, name: info.name };
    yield { place, info, path: pathInside(root, info.name.slice(prefix.length)) };
  }
  if (found) return;
  if (source.name.endsWith('/') || source.name === '') throw notFound(gsUrl(source));
  yield await planObject(source, target, intoFolder, { openStore, recursive: false });
}
