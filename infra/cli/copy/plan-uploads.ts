/** Works out which files `pillbox cp PATH gs://…` copies, and what they are called there. */

import { opendir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CommandError, EXIT } from '../command-error.ts';
import { type CloudPlace, gsUrl } from '../gs-url.ts';
import {
  asFolder,
  type CopyOptions,
  isCloudFolder,
  lastSegment,
  needsRecursive,
  notFound,
  statIfThere,
  type Upload,
} from './places.ts';

/** Throws a CommandError for a source that is not there. @param onSkip is told of what is neither a file nor a folder. */
export async function* planUploads(
  sources: readonly string[],
  target: CloudPlace,
  options: CopyOptions,
  onSkip: (path: string) => void,
): AsyncGenerator<Upload> {
  const isFolder = target.name === '' || target.name.endsWith('/');
  const intoFolder = isFolder || (await isCloudFolder(options.openStore, target));
  if (sources.length > 1 && !intoFolder) {
    throw new CommandError(EXIT.usage, `several sources need a folder to go to: end ${gsUrl(target)} with /`);
  }
  const folder = asFolder(target.name);
  for (const source of sources) {
    const found = await statIfThere(source);
    if (found === undefined) throw notFound(source);
    if (found.isDirectory()) {
      if (!options.recursive) throw needsRecursive(source);
      const own = intoFolder ? lastSegment(source) : '';
      yield* walk(source, { bucket: target.bucket, name: folder + asFolder(own) }, onSkip);
    } else {
      const name = intoFolder ? folder + basename(source) : target.name;
      yield { path: source, sizeBytes: found.size, place: { bucket: target.bucket, name } };
    }
  }
}

/** Links are not followed: they may lead in circles, or out of what was meant. */
async function* walk(
  folder: string,
  target: CloudPlace,
  onSkip: (path: string) => void,
): AsyncGenerator<Upload> {
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    const name = target.name + entry.name;
    if (entry.isDirectory()) {
      yield* walk(path, { ...target, name: `${name}/` }, onSkip);
      continue;
    }
    const found = entry.isFile() ? await statIfThere(path) : undefined;
    if (found === undefined) onSkip(path);
    else yield { path, sizeBytes: found.size, place: { ...target, name } };
  }
}
