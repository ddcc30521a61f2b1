/** Ends a job: joins the failure lists, and last writes metadata.json, whose existence means that the job is done. */

import { z } from 'zod';
import { RetryableError } from '../../shared/errors/retryable-error.ts';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { createOnce, deleteGenerations } from '../../shared/pipeline/create-once.ts';
import { readFirstGroups, readRoot } from '../../shared/pipeline/fan-in.ts';
import {
  composeFolder,
  FAILURES_FILE,
  METADATA_FILE,
  outputName,
} from '../../shared/pipeline/object-names.ts';
import { isDone, type OpenJob } from '../../shared/pipeline/open-job.ts';
import { type Part, shardFanIn, tarCount, tarGroupSchema } from '../../shared/pipeline/shard-markers.ts';
import { type Output, outputGroupSchema, tarFanIn } from '../../shared/pipeline/tar-markers.ts';
import type { ObjectInfo } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';
import { composeTree, deleteIntermediates } from './compose-tree.ts';
import { describeDataset } from './describe-dataset.ts';
import { readTotals } from './read-totals.ts';

/** Throws a RetryableError ('stage-incomplete') while a tar is missing, and TerminalErrors as makeTar does. */
export async function finishJob(job: OpenJob): Promise<void> {
  const { store, plan } = job;
  if (!(await isDone(store, plan.job.id))) await writeOutputs(job);
  await deleteGenerations(store, failureParts(job));
  await deleteIntermediates(store, composeFolder(plan.job.id, FAILURES_FILE));
}

async function writeOutputs(job: OpenJob): Promise<void> {
  const { store, plan } = job;
  const totals = await readTotals(store, plan);
  const outputs = await readOutputs(job, tarCount(totals));
  const failures = await joinFailures(job);
  if (failures === undefined) return;
  const { sizeBytes, crc32c } = failures;
  outputs.push({ name: FAILURES_FILE, sizeBytes, crc32c, records: totals.counts.failed });
  const metadata = `${JSON.stringify(describeDataset(plan, totals.counts, outputs), null, 2)}\n`;
  const name = outputName(plan.job.id, METADATA_FILE);
  await createOnce(store, name, Buffer.from(metadata), 'application/json');
}

async function readOutputs({ store, plan }: OpenJob, tars: number): Promise<Output[]> {
  const tree = tarFanIn(plan.job.id, tars);
  if ((await readRoot(store, tree, z.unknown())) === undefined) {
    throw new RetryableError('stage-incomplete', `job ${plan.job.id} has unfinished tars`);
  }
  const outputs: Output[] = [];
  for await (const group of readFirstGroups(store, tree, outputGroupSchema)) outputs.push(...group.outputs);
  return outputs;
}

/** Undefined when another worker has finished the job meanwhile, and deleted the lists. */
async function joinFailures(job: OpenJob): Promise<ObjectInfo | undefined> {
  const { store, plan } = job;
  const target = {
    name: outputName(plan.job.id, FAILURES_FILE),
    contentType: 'application/jsonl',
    folder: composeFolder(plan.job.id, FAILURES_FILE),
  };
  try {
    const joined = await composeTree(store, target, failureParts(job));
    return joined ?? (await createOnce(store, target.name, new Uint8Array(0), target.contentType));
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    if (await isDone(store, plan.job.id)) return undefined;
    throw new TerminalError('part-missing', `${error.objectName} is gone before ${FAILURES_FILE} was made`);
  }
}

/** In the order of the shards, and so of the positions in the output. */
async function* failureParts({ store, plan }: OpenJob): AsyncIterable<Part> {
  for await (const { failures } of readFirstGroups(store, shardFanIn(plan), tarGroupSchema)) yield* failures;
}
