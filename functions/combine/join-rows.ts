/** Joins the rows of all shards on the storage server, for the task that makes something of all records together. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { composeOnce, joinToLastStep } from '../../shared/pipeline/compose-tree.ts';
import { readExtrasMarker } from '../../shared/pipeline/extras-marker.ts';
import { readFirstGroups } from '../../shared/pipeline/fan-in.ts';
import { composeFolder, rowsName } from '../../shared/pipeline/object-names.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import { runOf } from '../../shared/pipeline/plan-document.ts';
import { type Part, shardFanIn, tarGroupSchema } from '../../shared/pipeline/shard-markers.ts';
import { extrasTask, finishTask, type JobRef } from '../../shared/pipeline/stage-tasks.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';
import type { TaskQueue } from '../../shared/tasks/task-queue.ts';

/**
 * Sends on a job whose tars are all made: to the extras, or to its end where those are made too. Throws TerminalErrors:
 * 'part-missing' when somebody else deleted a part, and as joinToLastStep does.
 */
export async function sendExtras(queue: TaskQueue, job: OpenJob, ref: JobRef, round = 0): Promise<void> {
  const { store, plan } = job;
  if ((await readExtrasMarker(store, runOf(plan))) !== undefined) {
    await queue.enqueue(finishTask(ref, round));
    return;
  }
  await joinRows(job);
  await queue.enqueue(extrasTask({ ...ref, round }));
}

async function joinRows(job: OpenJob): Promise<void> {
  const { store, plan } = job;
  const run = runOf(plan);
  const name = rowsName(run);
  if ((await store.stat(name)) !== undefined) return;
  try {
    // Every shard has a good record, and so a row.
    const last = await joinToLastStep(store, composeFolder(run, 'rows'), rowParts(job));
    await composeOnce(store, name, last);
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    // They are deleted when the job is done, and that is after the extras.
    if ((await readExtrasMarker(store, run)) !== undefined) return;
    throw new TerminalError('part-missing', `${error.objectName} is gone before the rows were joined`);
  }
}

/** In the order of the shards, and so of the positions in the output. */
async function* rowParts({ store, plan }: OpenJob): AsyncIterable<Part> {
  for await (const { rows } of readFirstGroups(store, shardFanIn(plan), tarGroupSchema)) yield* rows;
}
