/**
 * Brings a file that is streamed to its name below out/: made under a name of this run alone, then copied by the server
 * in one step, directly after a look whether the job is still live.
 */

import { RetryableError } from '../../shared/errors/retryable-error.ts';
import { composeJobOutput } from '../../shared/pipeline/job-output.ts';
import { stagedName } from '../../shared/pipeline/object-names.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import { runOf } from '../../shared/pipeline/plan-document.ts';
import type { Output } from '../../shared/pipeline/tar-markers.ts';
import type { ObjectInfo } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';
import { startPart } from './part-upload.ts';

export interface ExtraFile {
  readonly file: string;
  readonly contentType: string;
  readonly records: number;
}

export interface StagedFile {
  readonly extra: ExtraFile;
  readonly info: ObjectInfo;
}

/** What takes the bytes of a file on its way. */
export type WriteBytes = (chunk: Uint8Array) => Promise<void>;

/**
 * Streams what `make` writes, unless an attempt before this one got so far. Throws as `make` does, and as PartUpload
 * does; then there is no object.
 */
export async function stageFile(
  { store, plan }: OpenJob,
  extra: ExtraFile,
  make: (write: WriteBytes) => Promise<void>,
): Promise<StagedFile> {
  const name = stagedName(runOf(plan), extra.file);
  const made = await store.stat(name);
  if (made !== undefined) return { extra, info: made };
  const upload = startPart(store, name, extra.contentType);
  try {
    await make((chunk) => upload.write(chunk));
    return { extra, info: await upload.finish() };
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

/** Undefined when the job was deleted meanwhile. Throws a TerminalError ('outputs-exist') for other bytes in its place. */
export async function publishFile(
  { store, plan }: OpenJob,
  { extra, info }: StagedFile,
): Promise<Output | undefined> {
  const { file, contentType, records } = extra;
  try {
    const made = await composeJobOutput({ store, run: runOf(plan) }, { file, contentType }, [info]);
    return made && { name: file, sizeBytes: made.sizeBytes, crc32c: made.crc32c, records };
  } catch (cause) {
    if (!(cause instanceof ObjectNotFoundError)) throw cause;
    throw new RetryableError('stage-incomplete', `another worker took ${info.name} away`, { cause });
  }
}
