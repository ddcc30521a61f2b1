/** Makes plan.json: the manifest is streamed once, its records counted and indexed, and everything pinned. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { INDEX_ENTRY_BYTES } from '../../shared/pipeline/index-entry.ts';
import { type Job, parseJob } from '../../shared/pipeline/job.ts';
import { createJsonOnce, readText } from '../../shared/pipeline/json-objects.ts';
import { resolveLocation } from '../../shared/pipeline/object-location.ts';
import { indexName, jobName, planName } from '../../shared/pipeline/object-names.ts';
import { MAX_RECORDS } from '../../shared/pipeline/permutation.ts';
import { type Plan, readPlan, shardCount } from '../../shared/pipeline/plan-document.ts';
import type { ObjectInfo, ObjectStore, OpenStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError, PreconditionFailedError } from '../../shared/storage/storage-errors.ts';
import { indexManifest } from './manifest-index.ts';
import type { JobEvent } from './storage-event.ts';

const JOB_LIMIT_BYTES = 64 * 1024;

/**
 * The plan of the job: the one there is, or a new one. Undefined when this generation of job.json is gone. Throws a
 * TerminalError for a job that cannot be planned.
 */
export async function findOrMakePlan(
  openStore: OpenStore,
  event: JobEvent,
  codeVersion: string,
): Promise<Plan | undefined> {
  const store = openStore(event.bucket);
  const job = await readJob(store, event);
  if (job === undefined) return undefined;
  const existing = await readPlan(store, job.id);
  if (existing === undefined) {
    const plan = await makePlan(openStore, event, job);
    await createJsonOnce(store, planName(job.id), { ...plan, codeVersion } satisfies Plan);
  }
  const plan = existing ?? (await readPlan(store, job.id));
  if (plan !== undefined && plan.jobGeneration !== event.generation) {
    const folder = `gs://${event.bucket}/jobs/${job.id}/`;
    throw new TerminalError(
      'job-exists',
      `${folder} holds the plan of an earlier job.json: delete the folder first`,
    );
  }
  return plan;
}

async function readJob(store: ObjectStore, { job: folder, generation }: JobEvent): Promise<Job | undefined> {
  const text = await readText(store, jobName(folder), { limitBytes: JOB_LIMIT_BYTES, generation });
  if (text === undefined) return undefined;
  const job = parseJob(text);
  if (job.id === folder) return job;
  const problem = { path: 'id', message: 'must be the name of the folder that job.json lies in' };
  throw new TerminalError('job-invalid', `job.json: id: ${problem.message}`, { fields: [problem] });
}

async function makePlan(openStore: OpenStore, event: JobEvent, job: Job): Promise<Omit<Plan, 'codeVersion'>> {
  const location = resolveLocation(job.manifest, event.bucket, '');
  const source = location === undefined ? undefined : await openStore(location.bucket).stat(location.name);
  if (location === undefined || source === undefined) throw manifestMissing(job);
  const index = await findOrMakeIndex(openStore, event, { job, bucket: location.bucket, source });
  const records = index.sizeBytes / INDEX_ENTRY_BYTES;
  if (records === 0) throw new TerminalError('manifest-empty', `${job.manifest} has no records`);
  if (records > MAX_RECORDS) throw new TerminalError('job-invalid', `more than ${MAX_RECORDS} records`);
  const { name, generation, sizeBytes, crc32c } = source;
  return {
    job,
    jobGeneration: event.generation,
    records,
    shards: shardCount(records, job.shardRecords),
    manifest: { bucket: location.bucket, name, generation, sizeBytes, crc32c },
    index: { name: index.name, generation: index.generation },
  };
}

/** The index is named by the generation of the manifest: one that exists is complete and right. */
async function findOrMakeIndex(
  openStore: OpenStore,
  event: JobEvent,
  { job, bucket, source }: { job: Job; bucket: string; source: ObjectInfo },
): Promise<ObjectInfo> {
  const store = openStore(event.bucket);
  const name = indexName(job.id, source.generation);
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
