/** The tasks of the batch pipeline: their bodies, their keys, and the boxes that take them. */

import * as z from 'zod';
import type { Task } from '../tasks/task-queue.ts';
import { JOB_ID_PATTERN } from './job.ts';
import { SPLITS } from './split.ts';

const count = z.int().min(0);

const jobRefSchema = z.strictObject({
  bucket: z.string().min(1),
  job: z.string().regex(JOB_ID_PATTERN),
  /** The generation of job.json: tasks of a job that was deleted and written anew do nothing. */
  generation: z.string().regex(/^\d+$/),
});

/** Nobody has checked the name of the folder yet: planning does, and says what is wrong with it. */
const planTaskSchema = jobRefSchema.extend({ job: z.string().regex(/^[^/]+$/) });
/** `round` counts the sweeps that had to send tasks anew; it makes their keys new too. */
const startTaskSchema = jobRefSchema.extend({ round: count });
const sweepTaskSchema = startTaskSchema.extend({
  /** How many markers the sweep before this one saw. */
  markers: count,
  /** How many sweeps in a row saw no more than the one before. */
  stalled: count,
  /** Sends what is missing again even when there are more markers than before: for who knows that the tasks are gone. */
  force: z.boolean().optional(),
});
const shardTaskSchema = jobRefSchema.extend({ shard: count });
const scanTaskSchema = jobRefSchema.extend({ scan: count });
const partitionTaskSchema = jobRefSchema.extend({ partition: count });
const tarTaskSchema = jobRefSchema.extend({
  /** Which of the `tars` of the job. */
  tar: count,
  tars: count.min(1),
  split: z.enum(SPLITS),
  /** Number in the name of the tar, from 0 within its split. */
  number: count,
  /** Which tar group its parts come from. */
  group: count,
});

export const taskSchemas = {
  plan: planTaskSchema,
  sweep: sweepTaskSchema,
  scan: scanTaskSchema,
  partition: partitionTaskSchema,
  join: jobRefSchema,
  shard: shardTaskSchema,
  start: startTaskSchema,
  tar: tarTaskSchema,
  finish: jobRefSchema,
  /** Its round is that of the start it follows from. */
  extras: startTaskSchema,
};

export type JobRef = z.infer<typeof jobRefSchema>;
export type SweepTask = z.infer<typeof sweepTaskSchema>;
export type ScanTask = z.infer<typeof scanTaskSchema>;
export type PartitionTask = z.infer<typeof partitionTaskSchema>;
export type ShardTask = z.infer<typeof shardTaskSchema>;
export type StartTask = z.infer<typeof startTaskSchema>;
export type TarTask = z.infer<typeof tarTaskSchema>;

/** Long enough that a job in good health makes a marker in between. */
const SWEEP_DELAY_MS = 10 * 60_000;
/** A job that stands still may only wait behind others: it is looked after less and less often. */
const MAX_SWEEP_DELAY_MS = 3 * 60 * 60_000;

/** Planning takes longer than an event may wait for its answer. */
export function planTask(body: JobRef): Task {
  return { box: 'plan', path: '/plans', body, key: keyOf(body, 'plan') };
}

/** Planning goes on, once the manifest is joined: under another key than the task that began it. */
export function planJoinedTask(body: JobRef, round = 0): Task {
  return { box: 'plan', path: '/plans', body, key: keyOf(body, 'plan/joined', round) };
}

export function sweepTask(body: SweepTask, nowMs: number): Task {
  const delayMs = Math.min(SWEEP_DELAY_MS * 2 ** body.stalled, MAX_SWEEP_DELAY_MS);
  const scheduleTime = new Date(nowMs + delayMs);
  return { box: 'plan', path: '/sweep', body, key: keyOf(body, `sweep/${body.round}`), scheduleTime };
}

/** Cuts one table of a join by subject. */
export function scanTask(body: ScanTask, round = 0): Task {
  return { box: 'join', path: '/scans', body, key: keyOf(body, `scan/${body.scan}`, round) };
}

/** Joins one partition, once all tables are cut. */
export function partitionTask(body: PartitionTask, round = 0): Task {
  return { box: 'join', path: '/partitions', body, key: keyOf(body, `partition/${body.partition}`, round) };
}

/** Ends the join, once all partitions are joined. */
export function joinTask(body: JobRef, round = 0): Task {
  return { box: 'join', path: '/finish', body, key: keyOf(body, 'join', round) };
}

export function shardTask(body: ShardTask, round = 0): Task {
  return { box: 'shard', path: '/shards', body, key: keyOf(body, `shard/${body.shard}`, round) };
}

/** Starts the combine stage, once all shards are made. */
export function startTask(body: StartTask): Task {
  return { box: 'combine', path: '/start', body, key: keyOf(body, 'start', body.round) };
}

export function tarTask(body: TarTask, round: number): Task {
  return { box: 'combine', path: '/tars', body, key: keyOf(body, `tar/${body.tar}`, round) };
}

/** Ends the job, once all tars are made. */
export function finishTask(body: JobRef, round = 0): Task {
  return { box: 'combine', path: '/finish', body, key: keyOf(body, 'finish', round) };
}

/** Only the pointer to the job, from any task body. */
export function jobRefOf({ bucket, job, generation }: JobRef): JobRef {
  return { bucket, job, generation };
}

function keyOf({ job, generation }: JobRef, task: string, round = 0): string {
  return `${job}@${generation}/${task}${round === 0 ? '' : `/round-${round}`}`;
}

/** Makes what is made of all records together, once all tars are made. */
export function extrasTask(body: StartTask): Task {
  return { box: 'shard', path: '/extras', body, key: keyOf(body, 'extras', body.round) };
}
