/** V4 signed URLs: whoever holds one may make the one request that it was signed for, until it expires. */

import { createHmac, timingSafeEqual, verify } from 'node:crypto';
import { ApiError } from './api-error.ts';
import { canonicalRequest, type SignedRequest, stringToSign } from './canonical-request.ts';
import { readServiceAccountKey, SERVICE_ACCOUNT_EMAIL } from './service-account.ts';
import type { StorageContext } from './storage-context.ts';

/** Cloud Storage's limit: a week. */
const MAX_EXPIRES_SECONDS = 604_800;

/** How far a signer's clock may be ahead. */
const CLOCK_SKEW_MS = 15 * 60_000;

export interface UrlRequest {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  /** All values of a header, joined; undefined where the request has none. */
  header(name: string): string | undefined;
}

type Credentials = Pick<StorageContext, 'dir' | 'clock' | 'hmacKeys'>;

interface Claim {
  readonly algorithm: string;
  readonly accessId: string;
  readonly scope: string;
  readonly dateText: string;
  readonly signature: Buffer;
  readonly signedHeaders: readonly string[];
}

/** Whether the URL claims to be signed, in this form or an older one. */
export function isSigned(query: URLSearchParams): boolean {
  return query.has('X-Goog-Signature') || query.has('X-Goog-Algorithm') || query.has('GoogleAccessId');
}

/** Throws an ApiError: 403 for a signature that is not right, 400 for one that has expired or is incomplete. */
export async function checkSignature(credentials: Credentials, request: UrlRequest): Promise<void> {
  const claim = readClaim(request, credentials.clock.now());
  const tried: string[] = [];
  for (const host of hostsOf(request)) {
    const canonical = canonicalRequest(toSignedRequest(request, claim, host));
    const text = stringToSign(claim.algorithm, claim.dateText, claim.scope, canonical);
    if (await isGenuine(credentials, claim, text)) return;
    tried.push(canonical);
  }
  throw denied(
    'SignatureDoesNotMatch',
    `The request signature we calculated does not match the one you provided. Canonical request: ${tried[0]}`,
  );
}

function readClaim({ query, header }: UrlRequest, nowMs: number): Claim {
  const value = (name: string) => query.find(([key]) => key === name)?.[1] ?? '';
  if (value('GoogleAccessId') !== '') throw malformed('V2 signed URLs are not served; sign with V4.');
  const [algorithm, credential, dateText] = [
    value('X-Goog-Algorithm'),
    value('X-Goog-Credential'),
    value('X-Goog-Date'),
  ];
  const [, accessId, scope, scopeDate] =
    /^(.+)\/((\d{8})\/[^/]+\/storage\/goog4_request)$/.exec(credential) ?? [];
  if (accessId === undefined || scope === undefined) throw malformed('Invalid X-Goog-Credential.');
  if (scopeDate !== dateText.slice(0, 8))
    throw malformed('X-Goog-Date is not of the day of X-Goog-Credential.');
  checkTime(dateText, value('X-Goog-Expires'), nowMs);
  const signature = value('X-Goog-Signature');
  if (!/^(?:[0-9a-f]{2})+$/i.test(signature)) throw malformed('Invalid X-Goog-Signature.');
  const signedHeaders = value('X-Goog-SignedHeaders').split(';');
  if (!signedHeaders.includes('host')) throw malformed('X-Goog-SignedHeaders must name host.');
  const absent = signedHeaders.find((name) => header(name) === undefined);
  if (absent !== undefined) throw malformed(`The signed header ${absent} is not in the request.`);
  return { algorithm, accessId, scope, dateText, signature: Buffer.from(signature, 'hex'), signedHeaders };
}

function checkTime(dateText: string, expiresText: string, nowMs: number): void {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(dateText) ?? [];
  const [year = Number.NaN, month = 0, day, hour, minute, second] = parts.map(Number);
  const startMs = Date.UTC(year, month - 1, day, hour, minute, second);
  if (Number.isNaN(startMs)) throw malformed('Invalid X-Goog-Date.');
  const expiresSeconds = /^\d{1,6}$/.test(expiresText) ? Number(expiresText) : 0;
  if (expiresSeconds < 1 || expiresSeconds > MAX_EXPIRES_SECONDS) {
    throw malformed(`X-Goog-Expires must be 1 to ${MAX_EXPIRES_SECONDS} seconds.`);
  }
  if (nowMs + CLOCK_SKEW_MS < startMs) throw denied('AccessDenied', 'The signed URL is not valid yet.');
  if (nowMs >= startMs + expiresSeconds * 1000) {
    throw new ApiError(400, 'ExpiredToken', 'The provided token has expired.');
  }
}

function toSignedRequest(request: UrlRequest, { signedHeaders }: Claim, host: string): SignedRequest {
  const { method, path, query, header } = request;
  return {
    method,
    path,
    query: query.filter(([name]) => name !== 'X-Goog-Signature'),
    headers: signedHeaders.map((name) => [name, name === 'host' ? host : (header(name) ?? '')]),
    payloadSha256: signedHeaders.includes('x-goog-content-sha256')
      ? header('x-goog-content-sha256')
      : undefined,
  };
}

/** Google's Node client signs the host of an endpoint without its port. */
function hostsOf({ header }: UrlRequest): string[] {
  const host = header('host') ?? '';
  const name = host.replace(/:\d+$/, '');
  return name === host ? [host] : [host, name];
}

async function isGenuine({ dir, hmacKeys }: Credentials, claim: Claim, text: string): Promise<boolean> {
  const { algorithm, accessId, signature, scope } = claim;
  if (algorithm === 'GOOG4-RSA-SHA256') {
    const key = accessId === SERVICE_ACCOUNT_EMAIL ? await readServiceAccountKey(dir) : undefined;
    if (key === undefined) throw unknownAccessId();
    return verify('sha256', Buffer.from(text), key, signature);
  }
  if (algorithm !== 'GOOG4-HMAC-SHA256') throw malformed('X-Goog-Algorithm is not known.');
  const key = hmacKeys.get(accessId);
  if (key?.state !== 'ACTIVE') throw unknownAccessId();
  const [date = '', location = ''] = scope.split('/');
  const signingKey = [date, location, 'storage', 'goog4_request'].reduce<Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`GOOG4${key.secret}`),
  );
  const expected = createHmac('sha256', signingKey).update(text).digest();
  return expected.length === signature.length && timingSafeEqual(expected, signature);
}

const malformed = (message: string) => new ApiError(400, 'AuthorizationQueryParametersError', message);
const denied = (code: 'AccessDenied' | 'SignatureDoesNotMatch', message: string) =>
  new ApiError(403, code, message);
const unknownAccessId = () =>
  new ApiError(403, 'InvalidAccessKeyId', 'The access ID in X-Goog-Credential is not known here.');
