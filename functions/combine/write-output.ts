/**
 * Writes the objects below out/, whose names users know and all jobs of this name share: only for the job that is live,
 * and never over, or mixed with, what another one left there.
 */

import { crc32c } from '@node-rs/crc32';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { checkTwin, existingTwin, type Fingerprint } from '../../shared/pipeline/create-once.ts';
import { isLive } from '../../shared/pipeline/live-run.ts';
import { composeFolder, outputName } from '../../shared/pipeline/object-names.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import { runOf } from '../../shared/pipeline/plan-document.ts';
import { encodeCrc32c } from '../../shared/storage/crc32c.ts';
import type { CreateOptions, ObjectInfo } from '../../shared/storage/object-store.ts';
import { PreconditionFailedError } from '../../shared/storage/storage-errors.ts';
import { joinedFingerprint, joinToLastStep, type Piece } from './compose-tree.ts';

export interface Output {
  readonly file: string;
  readonly contentType: string;
}

/**
 * Undefined when the job was deleted meanwhile. Throws a TerminalError ('outputs-exist') when an object of other bytes has
 * the name.
 */
export function createOutput(
  job: OpenJob,
  output: Output,
  body: Uint8Array,
): Promise<ObjectInfo | undefined> {
  const expected = { sizeBytes: body.byteLength, crc32c: encodeCrc32c(crc32c(body)) };
  return write(job, output, { expected, attempt: (name, options) => job.store.create(name, body, options) });
}

/** As createOutput; no pieces make an empty object. Throws as joinToLastStep does, too. */
export async function composeOutput(
  job: OpenJob,
  output: Output,
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
): Promise<ObjectInfo | undefined> {
  const { store, plan } = job;
  const last = await joinToLastStep(store, composeFolder(runOf(plan), output.file), pieces);
  if (last.length === 0) return createOutput(job, output, new Uint8Array(0));
  const expected = joinedFingerprint(last);
  return write(job, output, { expected, attempt: (name, options) => store.compose(name, last, options) });
}

interface Write {
  readonly expected: Fingerprint;
  attempt(name: string, options: CreateOptions): Promise<ObjectInfo>;
}

async function write(
  { store, plan }: OpenJob,
  { file, contentType }: Output,
  { expected, attempt }: Write,
): Promise<ObjectInfo | undefined> {
  const name = outputName(plan.job.id, file);
  if (!(await isLive(store, runOf(plan)))) return undefined;
  try {
    return checkTwin(await attempt(name, { contentType, ifGenerationMatch: '0' }), expected);
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
  }
  try {
    return await existingTwin(store, name, expected);
  } catch (cause) {
    if (!(cause instanceof TerminalError)) throw cause;
    throw new TerminalError(
      'outputs-exist',
      `${name} is not of this job, but of an earlier one of its name: delete jobs/${plan.job.id}/ and submit it again`,
      { cause },
    );
  }
}
