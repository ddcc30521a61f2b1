/** The trace of a permanent failure, or of a cancellation: an object that ends the job and tells its user why. */

import * as z from 'zod';
import type { TerminalError } from '../errors/terminal-error.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { PreconditionFailedError } from '../storage/storage-errors.ts';
import { createJson, readJson } from './json-objects.ts';
import { isLive } from './live-run.ts';
import { failedFolder, failedName, type JobRun } from './object-names.ts';

const FAILURE_LIMIT_BYTES = 256 * 1024;

/** The task and the code of the one failure that a user made. */
export const CANCELLED = 'cancelled';

const jobFailureSchema = z.strictObject({
  /** The generation of job.json: a failure of an earlier job of this name says nothing of this one. */
  generation: z.string(),
  /** The stage, and the number of the task where there are several. */
  task: z.string(),
  code: z.string(),
  message: z.string(),
  fields: z.array(z.strictObject({ path: z.string(), message: z.string() })).readonly(),
});

type JobFailure = z.infer<typeof jobFailureSchema>;

/** The first failure of a task stays; that of an earlier job of this name does not. A deleted job leaves no trace. */
export async function recordFailure(
  store: ObjectStore,
  run: JobRun,
  task: string,
  { code, message, fields }: TerminalError,
): Promise<void> {
  await writeFailure(store, run, { task, code, message, fields });
}

/** Every task of this run that begins from now on does nothing. */
export async function recordCancellation(store: ObjectStore, run: JobRun): Promise<void> {
  const message = 'stopped by its user; "pillbox resume" goes on';
  await writeFailure(store, run, { task: CANCELLED, code: CANCELLED, message, fields: [] });
}

/** One failure of this run of the job (the first by name); undefined when it has not failed. */
export async function readFailure(store: ObjectStore, run: JobRun): Promise<JobFailure | undefined> {
  for await (const { name } of listFailures(store, run.job)) {
    const failure = await readOne(store, name);
    if (failure?.generation === run.generation) return failure;
  }
  return undefined;
}

/** Deletes the failures of this run, so that its tasks do something again. Returns how many there were. */
export async function clearFailures(store: ObjectStore, run: JobRun): Promise<number> {
  let cleared = 0;
  for await (const { name, generation } of listFailures(store, run.job)) {
    const failure = await readOne(store, name);
    if (failure?.generation !== run.generation) continue;
    try {
      await store.delete(name, { ifGenerationMatch: generation });
      cleared += 1;
    } catch (error) {
      // Written anew, or deleted by somebody else meanwhile: not the one that was looked at.
      if (!(error instanceof PreconditionFailedError)) throw error;
    }
  }
  return cleared;
}

/** The failures in the folder, of whichever run; consoles put an object of the folder's own name beside them. */
async function* listFailures(store: ObjectStore, job: string): AsyncGenerator<ObjectInfo> {
  for await (const info of store.list(failedFolder(job))) if (info.name.endsWith('.json')) yield info;
}

async function writeFailure(
  store: ObjectStore,
  run: JobRun,
  content: Omit<JobFailure, 'generation'>,
): Promise<void> {
  if (!(await isLive(store, run))) return;
  const failure: JobFailure = { generation: run.generation, ...content };
  const name = failedName(run.job, content.task);
  const earlier = await store.stat(name);
  if (earlier !== undefined && (await readOne(store, name))?.generation === run.generation) return;
  await createJson(store, name, failure, { ifGenerationMatch: earlier?.generation ?? '0' });
}

function readOne(store: ObjectStore, name: string): Promise<JobFailure | undefined> {
  return readJson(store, name, { schema: jobFailureSchema, limitBytes: FAILURE_LIMIT_BYTES });
}
