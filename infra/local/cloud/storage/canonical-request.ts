/** The canonical request that a V4 signature is made of: one text for every way to write the same request. */

import { createHash } from 'node:crypto';

export interface SignedRequest {
  readonly method: string;
  /** Decoded, such as `/bucket/a b`. */
  readonly path: string;
  /** Decoded, without the signature. */
  readonly query: readonly (readonly [string, string])[];
  /** The headers that were signed, by their names. */
  readonly headers: readonly (readonly [string, string])[];
  /** Hex; without it the payload was not signed. */
  readonly payloadSha256?: string | undefined;
}

export function canonicalRequest({ method, path, query, headers, payloadSha256 }: SignedRequest): string {
  const lines = headers
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/\s{2,}/g, ' ')] as const)
    .sort(([a], [b]) => compare(a, b));
  const parameters = query
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return [
    method,
    percentEncode(path).replaceAll('%2F', '/'),
    parameters.map(([name, value]) => `${name}=${value}`).join('&'),
    ...lines.map(([name, value]) => `${name}:${value}`),
    '',
    lines.map(([name]) => name).join(';'),
    payloadSha256 ?? 'UNSIGNED-PAYLOAD',
  ].join('\n');
}

/** What is signed. @param scope such as `20260101/auto/storage/goog4_request`. */
export function stringToSign(algorithm: string, date: string, scope: string, canonical: string): string {
  return [algorithm, date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
}

/** All but what RFC 3986 calls unreserved. */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** By code units, whatever the locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
