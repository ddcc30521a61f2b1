/** Makes join-plan.json: the tables fixed at their generations, and the number of partitions that follows from their sizes. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { openInputStore } from '../../shared/pipeline/input-store.ts';
import type { Job } from '../../shared/pipeline/job.ts';
import {
  type JoinOptions,
  type JoinPlan,
  MAX_PARTITIONS,
  readJoinPlan,
  SCANS,
  TABLES,
} from '../../shared/pipeline/join-plan.ts';
import { createJsonOnce } from '../../shared/pipeline/json-objects.ts';
import { joinPlanName } from '../../shared/pipeline/object-names.ts';
import type { PinnedObject } from '../../shared/pipeline/plan-document.ts';
import type { JobRef } from '../../shared/pipeline/stage-tasks.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import { pinInput } from './pin-input.ts';

/**
 * So much text makes a partition. With all columns of MIMIC's tables its rows take twice that in memory, and eight times
 * where tables have no other columns than those that are read, and a subject one row of each: below the limit of
 * join-partition.ts even then.
 */
const PARTITION_BYTES = 4 * 1024 * 1024;
/** Of vital signs only the last are kept; the lists of images and reports are about as long as that of the images' metadata. */
const WEIGHTS: Readonly<Partial<Record<(typeof TABLES)[number], number>>> = { vitalsign: 0, metadata: 2 };
/** Tables like these are compressed to a fifth or a seventh. */
const GZIP_FACTOR = 7;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** The plan of the join: one there is, or a new one. Throws TerminalErrors ('table-missing', 'table-refused'). */
export async function makeJoinPlan(
  openStore: OpenStore,
  ref: JobRef,
  job: Job & { join: JoinOptions },
): Promise<JoinPlan> {
  const store = openStore(ref.bucket);
  const tables: Partial<Record<(typeof TABLES)[number], PinnedObject>> = {};
  let textBytes = 0;
  for (const table of TABLES) {
    const text = job.join.tables[table];
    if (text === undefined) continue;
    const field = `join.tables.${table}`;
    const codes = { missing: 'table-missing', refused: 'table-refused' } as const;
    const pinned = await pinInput(openStore, { job, ownBucket: ref.bucket }, { text, field, codes });
    tables[table] = pinned;
    const factor = (await isGzip(openStore, ref, job, pinned)) ? GZIP_FACTOR : 1;
    textBytes += pinned.sizeBytes * factor * (WEIGHTS[table] ?? 1);
  }
  const plan: JoinPlan = {
    job,
    jobGeneration: ref.generation,
    partitions: partitionCount(textBytes),
    scans: SCANS.filter((scan) => scan === 'files' || tables[scan] !== undefined),
    tables,
  };
  await createJsonOnce(store, joinPlanName(ref), plan);
  return (await readJoinPlan(store, ref)) ?? plan;
}

/** @param textBytes of all tables, as they are before compression. */
export function partitionCount(textBytes: number): number {
  return Math.min(MAX_PARTITIONS, Math.max(1, Math.ceil(textBytes / PARTITION_BYTES)));
}

async function isGzip(
  openStore: OpenStore,
  { bucket: ownBucket }: JobRef,
  job: Job,
  { bucket, name, generation }: PinnedObject,
): Promise<boolean> {
  const store = openInputStore(openStore, job, { ownBucket, bucket });
  const chunks: Uint8Array[] = [];
  const range = { generation, endByteExclusive: GZIP_MAGIC.byteLength };
  for await (const chunk of store.read(name, range)) chunks.push(chunk);
  return Buffer.concat(chunks).equals(GZIP_MAGIC);
}

/** Narrows a job to one that joins. */
export function requireJoin(job: Job): Job & { join: JoinOptions } {
  const { join } = job;
  if (join === undefined) throw new TerminalError('job-invalid', 'job.json: join: is needed');
  return { ...job, join };
}
