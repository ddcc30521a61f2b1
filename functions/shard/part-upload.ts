/** One part on its way to storage while it is being made: a bounded pipe that counts and checks what goes through. */

import { PassThrough } from 'node:stream';
import { crc32c } from '@node-rs/crc32';
import { existingTwin } from '../../shared/pipeline/create-once.ts';
import { encodeCrc32c } from '../../shared/storage/crc32c.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/storage/object-store.ts';
import { PreconditionFailedError } from '../../shared/storage/storage-errors.ts';

/** What may wait for the network, per part, on either side of the pipe: about one record. */
const BUFFER_BYTES = 256 * 1024;

export interface PartUpload {
  /** Waits while too much is on its way. Throws what the upload died of. */
  write(chunk: Uint8Array): Promise<void>;
  /** The part, made here or by another worker before. Throws like `existingTwin` when that one is different. */
  finish(): Promise<ObjectInfo>;
  /** Leaves no object behind; safe after an error and after `finish`. */
  abort(): Promise<void>;
}

type Outcome = { readonly info: ObjectInfo } | { readonly error: unknown };

export function startPart(store: ObjectStore, name: string, contentType: string): PartUpload {
  const body = new PassThrough({ highWaterMark: BUFFER_BYTES });
  body.on('error', () => {}); // the upload tells
  let sizeBytes = 0;
  let checksum = 0;
  let outcome: Outcome | undefined;
  const upload = store.create(name, body, { contentType, ifGenerationMatch: '0' }).then(
    (info): Outcome => ({ info }),
    (error: unknown): Outcome => ({ error }),
  );
  const settled = upload.then((result) => {
    outcome = result;
    body.destroy();
  });

  return {
    async write(chunk) {
      sizeBytes += chunk.byteLength;
      checksum = crc32c(chunk, checksum);
      if (outcome === undefined) {
        if (body.write(chunk)) return;
        await Promise.race([new Promise((resolve) => body.once('drain', resolve)), settled]);
      }
      // When another worker's part is there, the rest is made only to be compared.
      if (outcome !== undefined && 'error' in outcome && !isLost(outcome)) throw outcome.error;
    },
    async finish() {
      body.end();
      const result = await upload;
      if ('info' in result) return result.info;
      if (!isLost(result)) throw result.error;
      return existingTwin(store, name, { sizeBytes, crc32c: encodeCrc32c(checksum) });
    },
    async abort() {
      body.destroy(new Error('the part was given up'));
      await settled;
    },
  };
}

function isLost(outcome: Outcome): boolean {
  return 'error' in outcome && outcome.error instanceof PreconditionFailedError;
}
