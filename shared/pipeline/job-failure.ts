/** The trace of a permanent failure: an object that ends the job and tells its user why. */

import * as z from 'zod';
import type { TerminalError } from '../errors/terminal-error.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createJson, readJson } from './json-objects.ts';
import { isLive } from './live-run.ts';
import { failedFolder, failedName, type JobRun } from './object-names.ts';

const FAILURE_LIMIT_BYTES = 256 * 1024;

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
  if (!(await isLive(store, run))) return;
  const failure: JobFailure = { generation: run.generation, task, code, message, fields };
  const name = failedName(run.job, task);
  const earlier = await store.stat(name);
  if (earlier !== undefined && (await readOne(store, name))?.generation === run.generation) return;
  await createJson(store, name, failure, { ifGenerationMatch: earlier?.generation ?? '0' });
}

/** One failure of this run of the job (the first by name); undefined when it has not failed. */
export async function readFailure(store: ObjectStore, run: JobRun): Promise<JobFailure | undefined> {
  for await (const { name } of store.list(failedFolder(run.job))) {
    const failure = await readOne(store, name);
    if (failure?.generation === run.generation) return failure;
  }
  return undefined;
}

function readOne(store: ObjectStore, name: string): Promise<JobFailure | undefined> {
  return readJson(store, name, { schema: jobFailureSchema, limitBytes: FAILURE_LIMIT_BYTES });
}
