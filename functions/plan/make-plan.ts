/** Makes plan.json: the manifest is streamed once, its records counted and indexed, and everything pinned. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { INDEX_ENTRY_BYTES } from '../../shared/pipeline/index-entry.ts';
import { type Job, parseJob } from '../../shared/pipeline/job.ts';
import { createJsonOnce, readText } from '../../shared/pipeline/json-objects.ts';
import { findLeftover, leftoverText } from '../../shared/pipeline/leftovers.ts';
import { resolveLocation } from '../../shared/pipeline/object-location.ts';
import { indexName, jobName, planName } from '../../shared/pipeline/object-names.ts';
import { MAX_RECORDS } from '../../shared/pipeline/permutation.ts';
import { type Plan, readPlan, shardCount } from '../../shared/pipeline/plan-document.ts';
import type { JobRef } from '../../shared/pipeline/stage-tasks.ts';
import type { ObjectInfo, ObjectStore, OpenStore } from '../../shared/storage/object-store.ts';
import {
  ObjectNotFoundError,
  PreconditionFailedError,
  StorageRefusedError,
} from '../../shared/storage/storage-errors.ts';
import { indexManifest } from './manifest-index.ts';

const JOB_LIMIT_BYTES = 64 * 1024;

/**
 * The plan of the job: the one there is, or a new one. Undefined when this generation of job.json is gone. Throws a
 * TerminalError for a job that cannot be planned.
 */
export async function findOrMakePlan(
  openStore: OpenStore,
  ref: JobRef,
  codeVersion: string,
): Promise<Plan | undefined> {
  const store = openStore(ref.bucket);
  const job = await readJob(store, ref);
  if (job === undefined) return undefined;
  // In this order: what lies there although there is no plan after that is not from this run.
  const leftover = await findLeftover(store, job.id);
  const existing = await readPlan(store, ref);
  if (existing !== undefined) return existing;
  if (leftover !== undefined) {
    throw new TerminalError('outputs-exist', leftoverText(leftover, { bucket: ref.bucket, job: job.id }));
  }
  const plan = await makePlan(openStore, ref, job);
  await createJsonOnce(store, planName(ref), { ...plan, codeVersion } satisfies Plan);
  return readPlan(store, ref);
}

async function readJob(store: ObjectStore, { job: folder, generation }: JobRef): Promise<Job | undefined> {
  const text = await readText(store, jobName(folder), { limitBytes: JOB_LIMIT_BYTES, generation });
  if (text === undefined) return undefined;
  const job = parseJob(text);
  if (job.id === folder) return job;
  const problem = { path: 'id', message: 'must be the name of the folder that job.json lies in' };
  throw new TerminalError('job-invalid', `job.json: id: ${problem.message}`, { fields: [problem] });
}

async function makePlan(openStore: OpenStore, ref: JobRef, job: Job): Promise<Omit<Plan, 'codeVersion'>> {
  const location = resolveLocation(job.manifest, ref.bucket, '');
  if (location === undefined) throw manifestMissing(job);
  const source = await findManifest(openStore(location.bucket), location.name, job);
  const index = await findOrMakeIndex(openStore, ref, { job, bucket: location.bucket, source });
  const records = index.sizeBytes / INDEX_ENTRY_BYTES;
  if (records === 0) throw new TerminalError('manifest-empty', `${job.manifest} has no records`);
  if (records > MAX_RECORDS) throw new TerminalError('job-invalid', `more than ${MAX_RECORDS} records`);
  const { name, generation, sizeBytes, crc32c } = source;
  return {
    job,
    jobGeneration: ref.generation,
    records,
    shards: shardCount(records, job.shardRecords),
    manifest: { bucket: location.bucket, name, generation, sizeBytes, crc32c },
    index: { name: index.name, generation: index.generation },
  };
}

/** Whoever may see an object's size may read its bytes too: what is refused is refused here. */
async function findManifest(store: ObjectStore, name: string, job: Job): Promise<ObjectInfo> {
  const source = await store.stat(name).catch((error: unknown) => {
    if (!(error instanceof StorageRefusedError)) throw error;
    const message = `the box may not read ${job.manifest} (${error.status})`;
    throw new TerminalError('manifest-refused', message, { cause: error });
  });
  if (source === undefined) throw manifestMissing(job);
  return source;
}

/** The index is named by the generation of the manifest: one that exists is complete and right. */
async function findOrMakeIndex(
  openStore: OpenStore,
  ref: JobRef,
  { job, bucket, source }: { job: Job; bucket: string; source: ObjectInfo },
): Promise<ObjectInfo> {
  const store = openStore(ref.bucket);
  const name = indexName(ref, source.generation);
  const existing = await store.stat(name);
  if (existing !== undefined) return existing;
  const manifest = openStore(bucket).read(source.name, { generation: source.generation });
  try {
    return await store.create(name, indexManifest(manifest), {
      contentType: 'application/octet-stream',
      ifGenerationMatch: '0',
    });
  } catch (error) {
    if (error instanceof ObjectNotFoundError) throw manifestMissing(job, { cause: error });
    if (!(error instanceof PreconditionFailedError)) throw error;
    const other = await store.stat(name);
    if (other === undefined) throw error;
    return other;
  }
}

function manifestMissing(job: Job, options?: ErrorOptions): TerminalError {
  return new TerminalError('manifest-missing', `${job.manifest} does not exist`, options);
}
