/** Objects that several workers may make at once, all with the same bytes: the first creates, the others check. */

import { crc32c } from '@node-rs/crc32';
import { RetryableError } from '../errors/retryable-error.ts';
import { TerminalError } from '../errors/terminal-error.ts';
import { encodeCrc32c } from '../storage/crc32c.ts';
import type { ComposeSource as ObjectGeneration, ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { PreconditionFailedError } from '../storage/storage-errors.ts';
import { forEachLimited } from './limited.ts';

const DELETES_AT_ONCE = 8;

export interface Fingerprint {
  readonly sizeBytes: number;
  /** As in ObjectInfo: big-endian, base64. */
  readonly crc32c: string;
}

/** Creates the object, or checks that the one there has the same bytes. Throws like `existingTwin`. */
export async function createOnce(
  store: ObjectStore,
  name: string,
  body: Uint8Array,
  contentType: string,
): Promise<ObjectInfo> {
  try {
    return await store.create(name, body, { contentType, ifGenerationMatch: '0' });
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
    return existingTwin(store, name, { sizeBytes: body.byteLength, crc32c: encodeCrc32c(crc32c(body)) });
  }
}

/** The object that another worker made first. Throws like `checkTwin`. */
export async function existingTwin(
  store: ObjectStore,
  name: string,
  expected: Fingerprint,
): Promise<ObjectInfo> {
  const info = await store.stat(name);
  if (info === undefined) throw new RetryableError('storage-unavailable', `${name} came and went`);
  return checkTwin(info, expected);
}

/**
 * Throws a TerminalError ('part-differs') when the bytes are not these: the code is not the same, or an input was
 * replaced meanwhile, and no retry would say which bytes are right.
 */
export function checkTwin(info: ObjectInfo, expected: Fingerprint): ObjectInfo {
  if (info.sizeBytes === expected.sizeBytes && info.crc32c === expected.crc32c) return info;
  throw new TerminalError(
    'part-differs',
    `${info.name} has ${info.sizeBytes} bytes, crc32c ${info.crc32c}; ` +
      `this run made ${expected.sizeBytes} bytes, crc32c ${expected.crc32c}. ` +
      'Was an input replaced? Inputs must not change while a job runs',
  );
}

/** Deletes these generations, present or not. */
export function deleteGenerations(
  store: ObjectStore,
  objects: Iterable<ObjectGeneration> | AsyncIterable<ObjectGeneration>,
): Promise<void> {
  return forEachLimited(objects, DELETES_AT_ONCE, async ({ name, generation }) => {
    try {
      await store.delete(name, { ifGenerationMatch: generation });
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
    }
  });
}
