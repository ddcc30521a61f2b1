/** Which version of a model answers a request: the one that is asked for, or a share of the traffic for a new one. */

import { TerminalError } from '../errors/terminal-error.ts';

export interface ModelVersions {
  /** Answers all that no canary takes. */
  readonly standard: string;
  /** New versions on trial; shares from 0 to 1, which add up to 1 at most. */
  readonly canaries?: readonly { readonly version: string; readonly share: number }[];
}

/**
 * The same key always gets the same version, and a key that a canary takes stays with it when its share grows.
 * Throws a TerminalError ('model-invalid') for a version that there is none of.
 *
 * @param key what should stay with one version, such as a caller's name; it is hashed, not kept.
 */
export function pickVersion(
  { standard, canaries = [] }: ModelVersions,
  { key, asked }: { readonly key: string; readonly asked?: string | undefined },
): string {
  if (asked !== undefined) {
    const known = [standard, ...canaries.map(({ version }) => version)];
    if (known.includes(asked)) return asked;
    throw new TerminalError('model-invalid', `no such version; there is ${known.join(', ')}`);
  }
  const at = fractionOf(key);
  let upTo = 0;
  for (const { version, share } of canaries) {
    upTo += share;
    if (at < upTo) return version;
  }
  return standard;
}

/** From 0 to 1, evenly: FNV-1a over the UTF-16 units, then Murmur's last step, which spreads the low bits. */
function fractionOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
