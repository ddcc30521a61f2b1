/** A job: what a user writes to `jobs/<job>/job.json` to have a data set made. */

import * as z from 'zod';
import { TerminalError } from '../errors/terminal-error.ts';
import { resolveLocation } from './object-location.ts';

/** One tar part is made of this many records in one request, so it bounds how long a task runs. */
const MAX_SHARD_RECORDS = 1024;
/** The parts of one tar are the first level of the fan-in tree: one list call sees them all. */
const MAX_PARTS_PER_TAR = 256;
/** Bounds the decoded output of a record (4 MiB). */
const MAX_IMAGE_SIZE = 2048;

/** A job's name is a path segment and a part of task keys. */
export const JOB_ID_PATTERN = /^[a-z0-9][a-z0-9_-]{0,62}$/;

const fraction = z.number().min(0).max(1);

const splitFractionsSchema = z
  .strictObject({ train: fraction, val: fraction, test: fraction })
  .refine(({ train, val, test }) => Math.abs(train + val + test - 1) < 1e-9, {
    message: 'the three fractions must add up to 1',
  });

export const jobSchema = z.strictObject({
  id: z.string().regex(JOB_ID_PATTERN, { message: 'must be a-z, 0-9, _ or -, at most 63 characters' }),
  /** `gs://bucket/name`, or a name in the job's own bucket. */
  manifest: z.string().refine((text) => resolveLocation(text, 'any-bucket', '') !== undefined, {
    message: 'must be gs://bucket/name or the name of an object in the bucket of the job',
  }),
  /** Keys the order of records and the splits: the same seed sends a patient to the same split in every job. */
  seed: z.string().min(1).max(200).default('pillbox'),
  /** At most this many records make one shard. */
  shardRecords: z.int().min(1).max(MAX_SHARD_RECORDS).default(16),
  /** Parts of this many consecutive shards make one tar of each split. 31 and the end of the archive join in one call. */
  partsPerTar: z.int().min(1).max(MAX_PARTS_PER_TAR).default(31),
  splits: splitFractionsSchema.default({ train: 0.7, val: 0.15, test: 0.15 }),
  /** By subject: no patient in two splits. By record: exact sizes. */
  splitBy: z.enum(['subject', 'record']).default('subject'),
  image: z
    .strictObject({
      /** Width and height of every image in the output, in pixels. */
      size: z.int().min(16).max(MAX_IMAGE_SIZE).default(518),
    })
    .prefault({}),
});

export type Job = z.infer<typeof jobSchema>;
export type SplitFractions = Job['splits'];

/**
 * @param input the text of a job.json, or what was parsed from it.
 * Throws a TerminalError ('job-invalid') that names each field at fault.
 */
export function parseJob(input: unknown): Job {
  const parsed = jobSchema.safeParse(typeof input === 'string' ? parseJson(input) : input);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const summary = fields
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ');
  throw new TerminalError('job-invalid', `job.json: ${summary}`, { fields });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TerminalError('job-invalid', 'job.json is not valid JSON');
  }
}
