/** Reads `gs://bucket/name`, the way to write an object of Cloud Storage. */

import { CommandError, EXIT } from './command-error.ts';

export interface CloudPlace {
  readonly bucket: string;
  /** An object, a folder (ends in `/`) or a prefix; empty for the whole bucket. */
  readonly name: string;
}

const SCHEME = 'gs://';

export const isGsUrl = (text: string): boolean => text.startsWith(SCHEME);
export const gsUrl = ({ bucket, name }: CloudPlace): string => `${SCHEME}${bucket}/${name}`;

/** Throws a CommandError (bad usage) when there is no bucket in it. */
export function parseGsUrl(text: string): CloudPlace {
  const rest = text.slice(SCHEME.length);
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  if (!isGsUrl(text) || bucket === '') {
    throw new CommandError(EXIT.usage, `${text} names no bucket: write gs://bucket/name`);
  }
  return { bucket, name: slash < 0 ? '' : rest.slice(slash + 1) };
}
