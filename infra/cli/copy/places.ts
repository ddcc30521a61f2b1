/** What `pillbox cp` copies: the two kinds of place, and one object or file on its way between them. */

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ObjectInfo, OpenStore } from '../../../shared/storage/object-store.ts';
import { CommandError, EXIT } from '../command-error.ts';
import type { CloudPlace } from '../gs-url.ts';
import { listObjects } from '../list-objects.ts';

/** An object of the cloud and the path it goes to. `path` is undefined when the object's name allows none. */
export interface Download {
  readonly place: CloudPlace;
  readonly info: ObjectInfo;
  readonly path: string | undefined;
}

/** A file and the object it becomes. */
export interface Upload {
  readonly path: string;
  readonly sizeBytes: number;
  readonly place: CloudPlace;
}

export interface CopyOptions {
  readonly recursive: boolean;
  readonly openStore: OpenStore;
}

/** True when a folder is at the path; throws for anything but its absence. */
export async function isLocalFolder(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isDirectory() === true;
}

export async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}

/** Names are flat; a folder is what other names begin with. */
export async function isCloudFolder(openStore: OpenStore, { bucket, name }: CloudPlace): Promise<boolean> {
  for await (const _ of listObjects(openStore, { bucket, name: asFolder(name) })) return true;
  return false;
}

/** `a` and `a/` alike become `a/`; the whole bucket stays empty. */
export function asFolder(name: string): string {
  return name === '' || name.endsWith('/') ? name : `${name}/`;
}

/** The last segment of a path or a name; empty for `.`, `..` and `dir/.`, which stand for what is inside. */
export function lastSegment(path: string): string {
  const last = basename(path);
  return last === '.' || last === '..' ? '' : last;
}

export const needsRecursive = (what: string) => new CommandError(EXIT.usage, `${what} is a folder: add -r`);
export const notFound = (what: string) => new CommandError(EXIT.notFound, `there is no ${what}`);
