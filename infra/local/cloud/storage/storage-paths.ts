/** The paths of Cloud Storage's JSON API, with and without `/storage/v1`: clients use either. */

import { invalid } from './api-error.ts';

export type StoragePath =
  | { readonly kind: 'buckets' }
  | { readonly kind: 'bucket' | 'objects' | 'upload'; readonly bucket: string }
  | { readonly kind: 'object' | 'download' | 'compose'; readonly bucket: string; readonly name: string };

const PATH = /^(\/upload|\/download)?(?:\/storage\/v1)?\/b(?:\/([^/]+)(\/o(?:\/([^/]+)(\/compose)?)?)?)?$/;

/** Undefined for a path of another API. Throws an ApiError (400) for a name that is not percent-encoded UTF-8. */
export function parseStoragePath(pathname: string): StoragePath | undefined {
  const match = PATH.exec(pathname);
  if (match === null) return undefined;
  const [, service, encodedBucket, objects, encodedName, compose] = match;
  if (encodedBucket === undefined) return service === undefined ? { kind: 'buckets' } : undefined;
  const bucket = decode(encodedBucket);
  if (encodedName === undefined) {
    if (service === '/upload') return objects === undefined ? undefined : { kind: 'upload', bucket };
    return service === undefined ? { kind: objects === undefined ? 'bucket' : 'objects', bucket } : undefined;
  }
  const name = decode(encodedName);
  if (service === '/download') return { kind: 'download', bucket, name };
  if (service === '/upload') return undefined;
  return { kind: compose === undefined ? 'object' : 'compose', bucket, name };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalid('A name in the path is not percent-encoded UTF-8.');
  }
}
