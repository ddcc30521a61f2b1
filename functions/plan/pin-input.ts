/** Fixes an input of a job at the generation that is live while it is planned. */

import type { TerminalCode } from '../../shared/errors/codes.ts';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { openInputStore } from '../../shared/pipeline/input-store.ts';
import type { Job } from '../../shared/pipeline/job.ts';
import { resolveLocation } from '../../shared/pipeline/object-location.ts';
import type { PinnedObject } from '../../shared/pipeline/plan-document.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import { StorageRefusedError } from '../../shared/storage/storage-errors.ts';

export interface InputName {
  /** As the job gives it. */
  readonly text: string;
  /** Which field gives it; stands before the message. */
  readonly field?: string;
  readonly codes: { readonly missing: TerminalCode; readonly refused: TerminalCode };
}

/**
 * Whoever may see an object's size may read its bytes too: what is refused is refused here.
 * Throws TerminalErrors of the two codes.
 */
export async function pinInput(
  openStore: OpenStore,
  { job, ownBucket }: { job: Job; ownBucket: string },
  { text, field, codes }: InputName,
): Promise<PinnedObject> {
  const prefix = field === undefined ? '' : `${field}: `;
  const location = resolveLocation(text, ownBucket, '');
  if (location === undefined) throw new TerminalError(codes.missing, `${prefix}${text} does not exist`);
  const store = openInputStore(openStore, job, { ownBucket, bucket: location.bucket });
  const source = await store.stat(location.name).catch((error: unknown) => {
    if (!(error instanceof StorageRefusedError)) throw error;
    const message = `${prefix}the box may not read ${text} (${error.status})`;
    throw new TerminalError(codes.refused, message, { cause: error });
  });
  if (source === undefined) throw new TerminalError(codes.missing, `${prefix}${text} does not exist`);
  const { name, generation, sizeBytes, crc32c } = source;
  return { bucket: location.bucket, name, generation, sizeBytes, crc32c };
}
