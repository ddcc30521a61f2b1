/**
 * What is made of all records together, once all tars are made: the proof that no subject is in two splits, the table,
 * and the small sample. Last comes a marker that names it all.
 */

import { RetryableError } from '../../shared/errors/retryable-error.ts';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { deleteGenerations } from '../../shared/pipeline/create-once.ts';
import { type ExtrasMarker, readExtrasMarker } from '../../shared/pipeline/extras-marker.ts';
import { readRoot } from '../../shared/pipeline/fan-in.ts';
import { createJsonOnce } from '../../shared/pipeline/json-objects.ts';
import { isLive } from '../../shared/pipeline/live-run.ts';
import { extrasMarkerName, stagedName } from '../../shared/pipeline/object-names.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import { runOf } from '../../shared/pipeline/plan-document.ts';
import { type ShardTotals, shardFanIn, shardTotalsSchema } from '../../shared/pipeline/shard-markers.ts';
import { sharesSubjects } from '../../shared/pipeline/split-proof.ts';
import type { Output } from '../../shared/pipeline/tar-markers.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';
import { publishFile, type StagedFile } from './extras-output.ts';
import { goThroughRows } from './extras-rows.ts';
import { stageSmallSamples } from './extras-small.ts';

/**
 * True once the marker exists, whoever made it; false when the job was deleted meanwhile. Throws a RetryableError
 * ('stage-incomplete') while shards or rows are missing, and TerminalErrors: 'splits-overlap' when a job that splits by
 * subject has a subject in two splits, 'counts-differ', 'outputs-exist', 'part-missing'.
 */
export async function makeExtras(job: OpenJob): Promise<boolean> {
  const { store, plan } = job;
  const run = runOf(plan);
  if ((await readExtrasMarker(store, run)) !== undefined) {
    // This worker may have been here before, and have died before it took its own files away.
    await deleteStaged(job);
    return true;
  }
  const totals = await readRoot(store, shardFanIn(plan), shardTotalsSchema);
  if (totals === undefined) {
    throw new RetryableError('stage-incomplete', `job ${plan.job.id} has unfinished shards`);
  }
  try {
    const marker = await makeAll(job, totals);
    const lives = marker !== undefined && (await isLive(store, run));
    if (lives) await createJsonOnce(store, extrasMarkerName(run), marker);
    // Not after an error: the next attempt goes on from what is there.
    await deleteStaged(job);
    return lives;
  } catch (error) {
    // Another worker may have ended all this, and have taken away what this one was reading. Then nobody comes again.
    const isMade = (await readExtrasMarker(store, run)) !== undefined;
    if (isMade) await deleteStaged(job);
    if (!(error instanceof ObjectNotFoundError)) throw error;
    if (isMade) return true;
    throw new TerminalError('part-missing', `${error.objectName} is gone before all was made of it`);
  }
}

/** Undefined when the job was deleted. */
async function makeAll(job: OpenJob, totals: ShardTotals): Promise<ExtrasMarker | undefined> {
  const { proof, staged } = await goThroughRows(job, totals.counts);
  if (job.plan.job.splitBy === 'subject' && sharesSubjects(proof)) {
    const { trainVal, trainTest, valTest } = proof.shared;
    throw new TerminalError(
      'splits-overlap',
      `subjects in two splits: ${trainVal} in train and val, ${trainTest} in train and test, ${valTest} in val and test`,
    );
  }
  const files: StagedFile[] = [...staged, ...(await stageSmallSamples(job, totals))];
  const outputs: Output[] = [];
  for (const file of files) {
    const output = await publishFile(job, file);
    if (output === undefined) return undefined;
    outputs.push(output);
  }
  return { proof, outputs };
}

/** What other workers staged goes too: they find it gone, and find the marker when they come again. */
async function deleteStaged({ store, plan }: OpenJob): Promise<void> {
  await deleteGenerations(store, store.list(stagedName(runOf(plan), '')));
}
