/** Ends a job: joins the failure lists, writes metadata.json, and leaves nothing of the records but the outputs. */

import * as z from 'zod';
import { RetryableError } from '../../shared/errors/retryable-error.ts';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { deleteGenerations } from '../../shared/pipeline/create-once.ts';
import { readExtrasMarker } from '../../shared/pipeline/extras-marker.ts';
import { readFirstGroups, readRoot } from '../../shared/pipeline/fan-in.ts';
import { createJsonOnce } from '../../shared/pipeline/json-objects.ts';
import {
  composeFolder,
  doneName,
  FAILURES_FILE,
  METADATA_FILE,
  PROVENANCE_FILE,
  partFolder,
} from '../../shared/pipeline/object-names.ts';
import { isDone, type OpenJob } from '../../shared/pipeline/open-job.ts';
import { runOf } from '../../shared/pipeline/plan-document.ts';
import { type Part, shardFanIn, tarCount, tarGroupSchema } from '../../shared/pipeline/shard-markers.ts';
import { type Output, outputGroupSchema, tarFanIn } from '../../shared/pipeline/tar-markers.ts';
import type { ObjectInfo } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';
import { describeDataset } from './describe-dataset.ts';
import { describeInputs, describeProvenance, findInputs } from './describe-inputs.ts';
import { readJoinReport } from './read-join-report.ts';
import { readTotals } from './read-totals.ts';
import { composeOutput, createOutput } from './write-output.ts';

/**
 * False when the job was deleted meanwhile. Throws a RetryableError ('stage-incomplete') while a tar or the extras are
 * missing, and TerminalErrors as makeTar does.
 */
export async function finishJob(job: OpenJob): Promise<boolean> {
  const { store, plan } = job;
  const run = runOf(plan);
  if (!(await isDone(store, run))) {
    if (!(await writeOutputs(job))) return isDone(store, run);
    await createJsonOnce(store, doneName(run), {});
  }
  // Not only what markers name: workers that died, and older code, left records here too.
  await deleteGenerations(store, store.list(partFolder(run)));
  await deleteGenerations(store, store.list(composeFolder(run)));
  return true;
}

/** False when the job was deleted, or another worker has finished it meanwhile. */
async function writeOutputs(job: OpenJob): Promise<boolean> {
  const { store, plan } = job;
  const totals = await readTotals(store, plan);
  const outputs = await readOutputs(job, tarCount(totals));
  const extras = await readExtrasMarker(store, runOf(plan));
  if (extras === undefined) {
    throw new RetryableError('stage-incomplete', `job ${plan.job.id} has unfinished extras`);
  }
  const failures = await joinFailures(job);
  if (failures === undefined) return false;
  const { sizeBytes, crc32c } = failures;
  outputs.push({ name: FAILURES_FILE, sizeBytes, crc32c, records: totals.counts.failed });
  const inputs = await findInputs(job);
  if (!(await writeJson(job, PROVENANCE_FILE, describeProvenance(plan, inputs)))) return false;
  const dataset = {
    counts: totals.counts,
    outputs,
    copies: extras.outputs,
    inputs: describeInputs(inputs),
    proof: extras.proof,
    ...(await readJoinReport(job)),
  };
  return writeJson(job, METADATA_FILE, describeDataset(plan, dataset));
}

/** False when the job was deleted. */
async function writeJson(job: OpenJob, file: string, content: object): Promise<boolean> {
  const body = Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
  return (await createOutput(job, { file, contentType: 'application/json' }, body)) !== undefined;
}

async function readOutputs({ store, plan }: OpenJob, tars: number): Promise<Output[]> {
  const tree = tarFanIn(runOf(plan), tars);
  if ((await readRoot(store, tree, z.unknown())) === undefined) {
    throw new RetryableError('stage-incomplete', `job ${plan.job.id} has unfinished tars`);
  }
  const outputs: Output[] = [];
  for await (const group of readFirstGroups(store, tree, outputGroupSchema)) outputs.push(...group.outputs);
  return outputs;
}

/** Undefined when the job was deleted, or another worker has finished it meanwhile and deleted the lists. */
async function joinFailures(job: OpenJob): Promise<ObjectInfo | undefined> {
  const { store, plan } = job;
  const target = { file: FAILURES_FILE, contentType: 'application/jsonl' };
  try {
    return await composeOutput(job, target, failureParts(job));
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    if (await isDone(store, runOf(plan))) return undefined;
    throw new TerminalError('part-missing', `${error.objectName} is gone before ${FAILURES_FILE} was made`);
  }
}

/** In the order of the shards, and so of the positions in the output. */
async function* failureParts({ store, plan }: OpenJob): AsyncIterable<Part> {
  for await (const { failures } of readFirstGroups(store, shardFanIn(plan), tarGroupSchema)) yield* failures;
}
