/** What the port throws for an error of Google's storage client. */

import { RetryableError } from '../errors/retryable-error.ts';
import { ObjectNotFoundError, PreconditionFailedError, StorageRefusedError } from './storage-errors.ts';

/** A bad request, no credentials, no permission. */
const REFUSED_STATUSES = new Set([400, 401, 403]);
const RETRYABLE_STATUSES = new Set([408, 429, 500, 502, 503, 504, 507]);

/** Of Node's sockets and streams, and of the client where a checksum does not fit what arrived. */
const RETRYABLE_CODES = new Set([
  'CONTENT_DOWNLOAD_MISMATCH',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
]);

/** The HTTP status of an answer, else the code of what went wrong on the way. */
export function codeOf(error: unknown): number | string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { status, code } = error as { status?: unknown; code?: unknown };
  if (typeof status === 'number') return status;
  if (typeof code === 'number') return code;
  if (typeof code !== 'string') return undefined;
  return /^\d{3}$/.test(code) ? Number(code) : code;
}

/**
 * The port's error for `error`. The client's errors are not passed on, not even as a cause: they hold the request, and
 * with it the bytes of the object.
 */
export function toStorageError(error: unknown, objectName: string): unknown {
  const code = codeOf(error);
  if (code === undefined || error instanceof RetryableError) return error;
  if (code === 404) return new ObjectNotFoundError(objectName);
  if (code === 412) return new PreconditionFailedError(objectName);
  if (typeof code === 'number' && REFUSED_STATUSES.has(code))
    return new StorageRefusedError(objectName, code);
  if (typeof code === 'number' ? RETRYABLE_STATUSES.has(code) : RETRYABLE_CODES.has(code)) {
    return new RetryableError('storage-unavailable', `storage did not answer (${code})`);
  }
  return new Error(`storage refused ${objectName} (${code})`);
}
