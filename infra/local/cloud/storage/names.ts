/** Which names buckets and objects may have. */

import { ApiError, invalid } from './api-error.ts';

const MAX_OBJECT_NAME_BYTES = 1024;

/** Throws an ApiError (400) for a name that Cloud Storage would refuse. */
export function checkObjectName(name: string | undefined | null): string {
  if (name === undefined || name === null || name === '') {
    throw new ApiError(400, 'required', 'Required parameter: name');
  }
  const wrong =
    Buffer.byteLength(name) > MAX_OBJECT_NAME_BYTES ||
    !name.isWellFormed() ||
    /[\r\n\0]/.test(name) ||
    name === '.' ||
    name === '..' ||
    name.startsWith('.well-known/acme-challenge/');
  if (wrong) {
    throw invalid(`Invalid object name: at most ${MAX_OBJECT_NAME_BYTES} bytes of UTF-8 on one line.`);
  }
  return name;
}

export const isBucketName = (name: string): boolean => /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name);

/** Throws an ApiError (400). */
export function checkBucketName(name: string): string {
  if (!isBucketName(name)) throw invalid(`Invalid bucket name: '${name}'`);
  return name;
}
