/** Makes plan.json: the manifest is streamed, its records counted and indexed, and everything pinned. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { INDEX_ENTRY_BYTES } from '../../shared/pipeline/index-entry.ts';
import { openInputStore } from '../../shared/pipeline/input-store.ts';
import { type Job, parseJob } from '../../shared/pipeline/job.ts';
import { readJoined } from '../../shared/pipeline/join-markers.ts';
import { type JoinPlan, readJoinPlan } from '../../shared/pipeline/join-plan.ts';
import { createJsonOnce, readText } from '../../shared/pipeline/json-objects.ts';
import { findLeftover, leftoverText } from '../../shared/pipeline/leftovers.ts';
import { indexName, jobName, planName } from '../../shared/pipeline/object-names.ts';
import { type PinnedObject, type Plan, readPlan, shardCount } from '../../shared/pipeline/plan-document.ts';
import type { JobRef } from '../../shared/pipeline/stage-tasks.ts';
import { StrataCounter } from '../../shared/pipeline/strata.ts';
import type { ObjectInfo, ObjectStore, OpenStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError, PreconditionFailedError } from '../../shared/storage/storage-errors.ts';
import { makeJoinPlan, requireJoin } from './make-join-plan.ts';
import { indexManifest } from './manifest-index.ts';
import { manifestSubjects } from './manifest-subjects.ts';
import { pinInput } from './pin-input.ts';

/** One task reads the rows of all records, several times when there are many: of more it would not end in its time. */
const MAX_RECORDS = 2_000_000;
const JOB_LIMIT_BYTES = 64 * 1024;
const MANIFEST_CODES = { missing: 'manifest-missing', refused: 'manifest-refused' } as const;
const INPUT_CODES = { missing: 'input-missing', refused: 'input-refused' } as const;

/** The plan of the job; or that of its join, as long as there is no manifest yet. */
export type Planned = { readonly plan: Plan } | { readonly joinPlan: JoinPlan };

/**
 * The plan of the job: the one there is, or a new one. Undefined when this generation of job.json is gone. Throws a
 * TerminalError for a job that cannot be planned.
 */
export async function findOrMakePlan(
  openStore: OpenStore,
  ref: JobRef,
  codeVersion: string,
): Promise<Planned | undefined> {
  const store = openStore(ref.bucket);
  const job = await readJob(store, ref);
  if (job === undefined) return undefined;
  // In this order: what lies there although there is no plan after that is not from this run.
  const leftover = await findLeftover(store, job.id);
  const [existing, existingJoin] = [await readPlan(store, ref), await readJoinPlan(store, ref)];
  if (existing !== undefined) return { plan: existing };
  if (leftover !== undefined && existingJoin === undefined) {
    throw new TerminalError('outputs-exist', leftoverText(leftover, { bucket: ref.bucket, job: job.id }));
  }
  const joined = job.join === undefined ? undefined : await readJoined(store, ref);
  if (job.join !== undefined && joined === undefined) {
    return { joinPlan: existingJoin ?? (await makeJoinPlan(openStore, ref, requireJoin(job))) };
  }
  const context = { job, ownBucket: ref.bucket };
  const manifest =
    joined?.manifest ??
    (await pinInput(openStore, context, { text: job.manifest ?? '', codes: MANIFEST_CODES }));
  const plan = await makePlan(openStore, ref, job, manifest);
  await createJsonOnce(store, planName(ref), { ...plan, codeVersion } satisfies Plan);
  const written = await readPlan(store, ref);
  return written && { plan: written };
}

async function readJob(store: ObjectStore, { job: folder, generation }: JobRef): Promise<Job | undefined> {
  const text = await readText(store, jobName(folder), { limitBytes: JOB_LIMIT_BYTES, generation });
  if (text === undefined) return undefined;
  const job = parseJob(text);
  if (job.id === folder) return job;
  const problem = { path: 'id', message: 'must be the name of the folder that job.json lies in' };
  throw new TerminalError('job-invalid', `job.json: id: ${problem.message}`, { fields: [problem] });
}

async function makePlan(
  openStore: OpenStore,
  ref: JobRef,
  job: Job,
  manifest: PinnedObject,
): Promise<Omit<Plan, 'codeVersion'>> {
  const source: Source = { openStore, ref, job, manifest };
  const pinned = await pinExtraInputs(source);
  const index = await findOrMakeIndex(source);
  const records = index.sizeBytes / INDEX_ENTRY_BYTES;
  if (records === 0) throw new TerminalError('manifest-empty', `${job.manifest} has no records`);
  if (records > MAX_RECORDS) {
    throw new TerminalError(
      'job-invalid',
      `${records} records, ${MAX_RECORDS} are allowed: make several jobs of them`,
    );
  }
  const splitThresholds = await countStrata(source);
  return {
    job,
    jobGeneration: ref.generation,
    records,
    shards: shardCount(records, job.shardRecords),
    manifest,
    ...pinned,
    ...(splitThresholds && { splitThresholds }),
    index: { name: index.name, generation: index.generation },
  };
}

interface Source {
  readonly openStore: OpenStore;
  readonly ref: JobRef;
  readonly job: Job;
  readonly manifest: PinnedObject;
}

/** What else the shards read. Throws TerminalErrors ('input-missing', 'input-refused') that name the field. */
async function pinExtraInputs({
  openStore,
  ref,
  job,
}: Source): Promise<Pick<Plan, 'tokenizer' | 'knowledge'>> {
  const context = { job, ownBucket: ref.bucket };
  const pin = (field: string, text: string | undefined) =>
    text === undefined ? undefined : pinInput(openStore, context, { text, field, codes: INPUT_CODES });
  const tokenizer = await pin('tokens.tokenizer', job.tokens?.tokenizer);
  const knowledge = await pin('note.knowledge', job.note.knowledge);
  return { ...(tokenizer && { tokenizer }), ...(knowledge && { knowledge }) };
}

/**
 * A pass of its own, and for jobs that stratify only: the pass that makes the index ends early, or is not made at all,
 * where another worker was faster, and the counts would be short.
 */
async function countStrata(source: Source): Promise<Plan['splitThresholds']> {
  const { job } = source;
  if (job.stratifyBy.length === 0) return undefined;
  const counter = new StrataCounter(job.seed);
  try {
    for await (const subject of manifestSubjects(readManifest(source))) counter.add(subject);
  } catch (error) {
    if (error instanceof ObjectNotFoundError) throw manifestGone(source, error);
    throw error;
  }
  return counter.thresholds(job.splits);
}

/** The index is named by the generation of the manifest: one that exists is complete and right. */
async function findOrMakeIndex(source: Source): Promise<ObjectInfo> {
  const { openStore, ref, manifest } = source;
  const store = openStore(ref.bucket);
  const name = indexName(ref, manifest.generation);
  const existing = await store.stat(name);
  if (existing !== undefined) return existing;
  try {
    return await store.create(name, indexManifest(readManifest(source)), {
      contentType: 'application/octet-stream',
      ifGenerationMatch: '0',
    });
  } catch (error) {
    if (error instanceof ObjectNotFoundError) throw manifestGone(source, error);
    if (!(error instanceof PreconditionFailedError)) throw error;
    const other = await store.stat(name);
    if (other === undefined) throw error;
    return other;
  }
}

function readManifest({ openStore, ref, job, manifest }: Source): AsyncIterable<Uint8Array> {
  const { bucket, name, generation } = manifest;
  return openInputStore(openStore, job, { ownBucket: ref.bucket, bucket }).read(name, { generation });
}

function manifestGone({ job, manifest }: Source, cause: unknown): TerminalError {
  return new TerminalError('manifest-missing', `${job.manifest ?? manifest.name} does not exist`, { cause });
}
