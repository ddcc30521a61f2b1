/** `join-plan.json`: what all tasks of a join go by, fixed once, before the first of them is sent. */

import * as z from 'zod';
import type { ObjectStore } from '../storage/object-store.ts';
import { type Job, jobSchema } from './job.ts';
import { readJson } from './json-objects.ts';
import { type JobRun, joinPlanName } from './object-names.ts';
import { pinnedSchema } from './plan-document.ts';

const PLAN_LIMIT_BYTES = 256 * 1024;
/** A spill names the place of each partition in 8 bytes, and every partition is a task. */
export const MAX_PARTITIONS = 1024;

/** In the order in which a partition reads them: what others refer to comes first. */
export const TABLES = [
  'patients',
  'edstays',
  'triage',
  'vitalsign',
  'chexpert',
  'split',
  'metadata',
] as const;
export type TableName = (typeof TABLES)[number];
/** One scan a table, and one that lists the images and reports that are there. */
export const SCANS = [...TABLES, 'files'] as const;
export type ScanName = (typeof SCANS)[number];

const joinPlanSchema = z.strictObject({
  job: jobSchema,
  jobGeneration: z.string(),
  partitions: z.int().min(1).max(MAX_PARTITIONS),
  /** Tasks are numbered by their place in this list. */
  scans: z.array(z.enum(SCANS)).min(1),
  tables: z.partialRecord(z.enum(TABLES), pinnedSchema),
});

export type JoinPlan = z.infer<typeof joinPlanSchema>;
export type JoinOptions = NonNullable<Job['join']>;

/** Undefined while the join is not planned. */
export function readJoinPlan(store: ObjectStore, run: JobRun): Promise<JoinPlan | undefined> {
  return readJson(store, joinPlanName(run), { schema: joinPlanSchema, limitBytes: PLAN_LIMIT_BYTES });
}
