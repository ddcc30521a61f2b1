/** Where an object lies: `gs://bucket/name`, or a name relative to a folder of a known bucket. */

export interface ObjectLocation {
  readonly bucket: string;
  readonly name: string;
}

/** Cloud Storage refuses longer names. */
const MAX_NAME_BYTES = 1024;
const BUCKET_PATTERN = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;

/**
 * Undefined when `text` names no object: an empty segment, `.` or `..` (they would not mean what they seem to: names in
 * Cloud Storage are flat), a control character, another scheme, or too long a name.
 * @param folder ends in `/`, or is empty for the root of the bucket.
 */
export function resolveLocation(text: string, bucket: string, folder: string): ObjectLocation | undefined {
  if (!text.includes('://')) return checked({ bucket, name: folder + text });
  const match = /^gs:\/\/([^/]+)\/(.+)$/su.exec(text);
  const [, givenBucket, name] = match ?? [];
  if (givenBucket === undefined || name === undefined) return undefined;
  return checked({ bucket: givenBucket, name });
}

/** The folder an object lies in, with its trailing `/`; empty for the root of the bucket. */
export function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}

function checked(location: ObjectLocation): ObjectLocation | undefined {
  const { bucket, name } = location;
  if (!BUCKET_PATTERN.test(bucket) || /\p{Cc}/u.test(name) || !name.isWellFormed()) return undefined;
  if (new TextEncoder().encode(name).byteLength > MAX_NAME_BYTES) return undefined;
  const segments = name.split('/');
  return segments.some((s) => s === '' || s === '.' || s === '..') ? undefined : location;
}
