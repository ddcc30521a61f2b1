/**
 * Writes the objects below out/, whose names users know and all jobs of this name share: only for the job that is live,
 * and never over, or mixed with, what another one left there.
 */

import { crc32c } from '@node-rs/crc32';
import { TerminalError } from '../errors/terminal-error.ts';
import { encodeCrc32c } from '../storage/crc32c.ts';
import type { CreateOptions, ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { PreconditionFailedError } from '../storage/storage-errors.ts';
import { joinedFingerprint, joinToLastStep, type Piece } from './compose-tree.ts';
import { checkTwin, existingTwin, type Fingerprint } from './create-once.ts';
import { isLive } from './live-run.ts';
import { composeFolder, type JobRun, outputName } from './object-names.ts';

export interface Output {
  readonly file: string;
  readonly contentType: string;
}

/** Where the output goes, and which run of the job it is of. */
export interface OutputPlace {
  readonly store: ObjectStore;
  readonly run: JobRun;
}

/**
 * Undefined when the job was deleted meanwhile. Throws a TerminalError ('outputs-exist') when an object of other bytes has
 * the name.
 */
export function createJobOutput(
  place: OutputPlace,
  output: Output,
  body: Uint8Array,
): Promise<ObjectInfo | undefined> {
  const expected = { sizeBytes: body.byteLength, crc32c: encodeCrc32c(crc32c(body)) };
  return write(place, output, {
    expected,
    attempt: (name, options) => place.store.create(name, body, options),
  });
}

/** As createJobOutput; no pieces make an empty object. Throws as joinToLastStep does, too. */
export async function composeJobOutput(
  place: OutputPlace,
  output: Output,
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
): Promise<ObjectInfo | undefined> {
  const { store, run } = place;
  const last = await joinToLastStep(store, composeFolder(run, output.file), pieces);
  if (last.length === 0) return createJobOutput(place, output, new Uint8Array(0));
  const expected = joinedFingerprint(last);
  return write(place, output, { expected, attempt: (name, options) => store.compose(name, last, options) });
}

interface Write {
  readonly expected: Fingerprint;
  attempt(name: string, options: CreateOptions): Promise<ObjectInfo>;
}

async function write(
  { store, run }: OutputPlace,
  { file, contentType }: Output,
  { expected, attempt }: Write,
): Promise<ObjectInfo | undefined> {
  const name = outputName(run.job, file);
  if (!(await isLive(store, run))) return undefined;
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
      `${name} is not of this job, but of an earlier one of its name: delete jobs/${run.job}/ and submit it again`,
      { cause },
    );
  }
}
