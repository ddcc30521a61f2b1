/** `plan.json`: everything the later stages need to know, fixed once, by whoever planned first. */

import * as z from 'zod';
import type { ObjectStore } from '../storage/object-store.ts';
import { jobSchema } from './job.ts';
import { readJson } from './json-objects.ts';
import { type JobRun, planName } from './object-names.ts';
import { splitThresholdsSchema } from './strata.ts';

/** A plan holds a job.json (at most 64 KiB) and a dozen numbers. */
const PLAN_LIMIT_BYTES = 256 * 1024;

const count = z.int().min(0);
const generation = z.string().regex(/^\d+$/);

export const pinnedSchema = z.strictObject({
  bucket: z.string(),
  name: z.string(),
  generation,
  sizeBytes: count,
  crc32c: z.string(),
});

export const planSchema = z.strictObject({
  job: jobSchema,
  /** The generation of job.json that was planned. */
  jobGeneration: generation,
  codeVersion: z.string(),
  /** Non-blank lines of the manifest: good and bad records together. */
  records: count.min(1),
  shards: count.min(1),
  manifest: pinnedSchema,
  /** What else the shards read, where the job names it. */
  tokenizer: pinnedSchema.optional(),
  knowledge: pinnedSchema.optional(),
  index: z.strictObject({ name: z.string(), generation }),
  /** Of jobs that stratify. */
  splitThresholds: splitThresholdsSchema.optional(),
});

/** An input object, fixed at the generation that was planned with. */
export type PinnedObject = z.infer<typeof pinnedSchema>;
export type Plan = z.infer<typeof planSchema>;

/** Which run of the job the plan is of. */
export function runOf({ job, jobGeneration }: Plan): JobRun {
  return { job: job.id, generation: jobGeneration };
}

/** Undefined when the job is not planned yet. */
export function readPlan(store: ObjectStore, run: JobRun): Promise<Plan | undefined> {
  return readJson(store, planName(run), { schema: planSchema, limitBytes: PLAN_LIMIT_BYTES });
}

/** Positions of the output, from `start` up to and without `end`. */
export interface ShardRange {
  readonly start: number;
  readonly end: number;
}

/** The fewest shards that hold at most `shardRecords` records each. */
export function shardCount(records: number, shardRecords: number): number {
  return Math.ceil(records / shardRecords);
}

/**
 * Shards differ by at most one record. A small last shard would fail the whole job too easily, as a shard without a
 * good record does.
 */
export function shardRange({ records, shards }: Pick<Plan, 'records' | 'shards'>, shard: number): ShardRange {
  const least = Math.floor(records / shards);
  const larger = records % shards;
  const start = shard * least + Math.min(shard, larger);
  return { start, end: start + least + (shard < larger ? 1 : 0) };
}
