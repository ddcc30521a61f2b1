/**
 * Customer-supplied encryption keys: an object written with one is read with the same one only. Its bytes on disk are
 * not encrypted: this is about clients that must send the key, not about secrecy from this machine's owner.
 */

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';

const KEY_BYTES = 32;

/**
 * Base64 of the key's SHA-256; undefined where the request carries no key.
 * @param prefix `x-goog-encryption`, or `x-goog-copy-source-encryption` for the key of a source.
 * Throws an ApiError (400) for a key that is no AES-256 key or not of its hash.
 */
export function customerKeySha256Of(
  headers: IncomingHttpHeaders,
  prefix: 'x-goog-encryption' | 'x-goog-copy-source-encryption' = 'x-goog-encryption',
): string | undefined {
  const header = (name: string) => [headers[`${prefix}-${name}`] ?? []].flat()[0];
  const [algorithm, key, sha256] = [header('algorithm'), header('key'), header('key-sha256')];
  if (algorithm === undefined && key === undefined && sha256 === undefined) return undefined;
  const bytes = Buffer.from(key ?? '', 'base64');
  if (algorithm !== 'AES256') {
    throw new ApiError(
      400,
      'customerEncryptionAlgorithmIsInvalid',
      'The encryption algorithm must be AES256.',
    );
  }
  if (bytes.length !== KEY_BYTES) {
    throw new ApiError(
      400,
      'customerEncryptionKeyIsInvalid',
      `The encryption key must be ${KEY_BYTES} bytes.`,
    );
  }
  const expected = createHash('sha256').update(bytes).digest('base64');
  if (sha256 !== expected) {
    throw new ApiError(
      400,
      'customerEncryptionKeySha256IsInvalid',
      'The key is not of the hash that was sent.',
    );
  }
  return expected;
}

/** Throws an ApiError (400) where the object was written with another key than the one sent, or with none. */
export function checkCustomerKey(writtenWith: string | undefined, sent: string | undefined): void {
  if (writtenWith === sent) return;
  if (writtenWith === undefined) {
    throw new ApiError(
      400,
      'resourceNotEncryptedWithCustomerEncryptionKey',
      'The target object is not encrypted by a customer-supplied encryption key.',
    );
  }
  throw new ApiError(
    400,
    'resourceIsEncryptedWithCustomerEncryptionKey',
    'The target object is encrypted by a customer-supplied encryption key.',
  );
}
