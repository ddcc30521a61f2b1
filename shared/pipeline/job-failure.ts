/** The trace of a permanent failure: an object that ends the job and tells its user why. */

import { z } from 'zod';
import type { TerminalError } from '../errors/terminal-error.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createJsonOnce, readJson } from './json-objects.ts';
import { failedFolder, failedName } from './object-names.ts';

const FAILURE_LIMIT_BYTES = 256 * 1024;

const jobFailureSchema = z.strictObject({
  /** The stage, and the number of the task where there are several. */
  task: z.string(),
  code: z.string(),
  message: z.string(),
  fields: z.array(z.strictObject({ path: z.string(), message: z.string() })).readonly(),
});

type JobFailure = z.infer<typeof jobFailureSchema>;

/** The first failure of a task stays. */
export async function recordFailure(
  store: ObjectStore,
  job: string,
  task: string,
  { code, message, fields }: TerminalError,
): Promise<void> {
  const failure: JobFailure = { task, code, message, fields };
  await createJsonOnce(store, failedName(job, task), failure);
}

/** One failure of the job (the first by name); undefined when it has not failed. */
export async function readFailure(store: ObjectStore, job: string): Promise<JobFailure | undefined> {
  for await (const { name } of store.list(failedFolder(job))) {
    return readJson(store, name, { schema: jobFailureSchema, limitBytes: FAILURE_LIMIT_BYTES });
  }
  return undefined;
}
