/** Lists of objects in the order of their names' UTF-8 bytes, folders folded by a delimiter, page by page. */

import { invalid, notImplemented } from './api-error.ts';
import { compileGlob } from './glob.ts';
import type { ObjectTable } from './object-table.ts';
import { readLong } from './preconditions.ts';
import type { StoredObject } from './stored-object.ts';

const MAX_PAGE_ENTRIES = 1000;

/** Items and prefixes count alike towards the page. */
export interface Page {
  readonly items: StoredObject[];
  readonly prefixes: string[];
  readonly nextPageToken: string | undefined;
}

interface Query {
  readonly prefix: Buffer;
  readonly delimiter: Buffer;
  readonly startName: Buffer;
  readonly endNameExclusive: Buffer;
  readonly pageEntries: number;
  /** Whether an object whose name ends a folder's is listed as an object too. */
  readonly includesFolderObjects: boolean;
  readonly matches: (name: string) => boolean;
}

/** An object, or a folder, or a folder with the object of its name; `startName` is the name from which a list would begin with it. */
interface Entry {
  readonly startName: Buffer;
  readonly object?: StoredObject;
  readonly folder?: string;
}

/** Throws an ApiError (400) for parameters that make no sense. */
export function listPage(objects: ObjectTable, bucket: string, parameters: URLSearchParams): Page {
  const query = readQuery(parameters);
  const items: StoredObject[] = [];
  const prefixes: string[] = [];
  let count = 0;
  for (const { startName, object, folder } of entries(objects, bucket, query)) {
    if (count === query.pageEntries) {
      return { items, prefixes, nextPageToken: startName.toString('base64url') };
    }
    count += 1;
    if (object !== undefined) items.push(object);
    if (folder !== undefined) prefixes.push(folder);
  }
  return { items, prefixes, nextPageToken: undefined };
}

function* entries(objects: ObjectTable, bucket: string, query: Query): Generator<Entry> {
  let from: Buffer | undefined = query.startName;
  while (from !== undefined) from = yield* entriesToNextFolder(objects, bucket, query, from);
}

/** Returns where to go on behind the folder, so that its objects are never visited; undefined at the end. */
function* entriesToNextFolder(
  objects: ObjectTable,
  bucket: string,
  query: Query,
  from: Buffer,
): Generator<Entry, Buffer | undefined> {
  const { prefix, delimiter, endNameExclusive } = query;
  for (const object of objects.from(bucket, from)) {
    const name = Buffer.from(object.name);
    if (!name.subarray(0, prefix.length).equals(prefix)) return undefined;
    if (endNameExclusive.length > 0 && name.compare(endNameExclusive) >= 0) return undefined;
    if (!query.matches(object.name)) continue;
    const at = delimiter.length === 0 ? -1 : name.indexOf(delimiter, prefix.length);
    if (at < 0) {
      yield { object, startName: name };
      continue;
    }
    const folder = name.subarray(0, at + delimiter.length);
    const isFolderObject = query.includesFolderObjects && folder.length === name.length;
    yield { folder: folder.toString('utf8'), startName: folder, ...(isFolderObject && { object }) };
    return behind(folder);
  }
  return undefined;
}

/** The least name that is greater than every name that starts with `folder`: no byte of UTF-8 is 0xff. */
function behind(folder: Buffer): Buffer {
  const next = Buffer.from(folder);
  next.writeUInt8(next.readUInt8(next.length - 1) + 1, next.length - 1);
  return next;
}

function readQuery(parameters: URLSearchParams): Query {
  const bytes = (name: string) => Buffer.from(parameters.get(name) ?? '');
  const pageEntries = readLong(parameters, 'maxResults') ?? MAX_PAGE_ENTRIES;
  if (pageEntries < 1) throw invalid('Invalid value for maxResults: expected at least 1.');
  const token = parameters.get('pageToken') ?? '';
  if (!/^[\w-]*$/.test(token)) throw invalid('Invalid value for pageToken.');
  const prefix = bytes('prefix');
  // Go's client sends every option, most of them empty.
  const glob = parameters.get('matchGlob') ?? '';
  if (parameters.get('softDeleted') === 'true') throw notImplemented('soft-deleted objects');
  return {
    prefix,
    delimiter: bytes('delimiter'),
    startName: greatest([prefix, bytes('startOffset'), Buffer.from(token, 'base64url')]),
    endNameExclusive: bytes('endOffset'),
    pageEntries: Math.min(pageEntries, MAX_PAGE_ENTRIES),
    includesFolderObjects: parameters.get('includeTrailingDelimiter') === 'true',
    matches: glob === '' ? () => true : compileGlob(glob),
  };
}

function greatest(names: readonly Buffer[]): Buffer {
  return names.reduce((a, b) => (a.compare(b) >= 0 ? a : b));
}
