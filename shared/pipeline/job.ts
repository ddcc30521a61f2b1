/** A job: what a user writes to `jobs/<job>/job.json` to have a data set made. */

import * as z from 'zod';
import { TerminalError } from '../errors/terminal-error.ts';
import { CHEXPERT_LABELS } from './chexpert-labels.ts';
import { resolveLocation } from './object-location.ts';

/** One tar part is made of this many records in one request, so it bounds how long a task runs. */
const MAX_SHARD_RECORDS = 1024;
/** The parts of one tar are the first level of the fan-in tree: one list call sees them all. */
const MAX_PARTS_PER_TAR = 256;
/** Bounds the decoded output of a record (4 MiB). */
const MAX_IMAGE_SIZE = 2048;
/** The longest context of the models that such notes are made for. */
const MAX_TOKENS = 8192;
/** It is copied by one task. */
const MAX_SMALL_RECORDS = 10_000;

/** A job's name is a path segment and a part of task keys. */
export const JOB_ID_PATTERN = /^[a-z0-9][a-z0-9_-]{0,62}$/;

const FIELD_PATTERN = /\{(?:subject_prefix|subject_id|study_id|dicom_id)\}/g;

const fraction = z.number().min(0).max(1);

const splitFractionsSchema = z
  .strictObject({ train: fraction, val: fraction, test: fraction })
  .refine(({ train, val, test }) => Math.abs(train + val + test - 1) < 1e-9, {
    message: 'the three fractions must add up to 1',
  });

/** Checked with stand-ins in place of what only a record knows. */
const fileTemplate = z
  .string()
  .max(1000)
  .refine((text) => resolveLocation(text.replaceAll(FIELD_PATTERN, '1'), 'any-bucket', '') !== undefined, {
    message: 'must be gs://bucket/name or a name below the folder of the metadata table',
  })
  .refine((text) => !/[{}]/.test(text.replaceAll(FIELD_PATTERN, '')), {
    message: 'knows {subject_prefix}, {subject_id}, {study_id} and {dicom_id} only',
  });

const location = z.string().refine((text) => resolveLocation(text, 'any-bucket', '') !== undefined, {
  message: 'must be gs://bucket/name or the name of an object in the bucket of the job',
});

/** `label:` and one of the fourteen of CheXpert. */
const stratumKey = z.union([
  z.enum(['view', 'clinical']),
  z.templateLiteral(['label:', z.enum(CHEXPERT_LABELS)]),
]);

const joinSchema = z.strictObject({
  /** As PhysioNet publishes them, `.csv` or `.csv.gz`. */
  tables: z.strictObject({
    edstays: location,
    triage: location,
    vitalsign: location,
    patients: location,
    metadata: location,
    chexpert: location.optional(),
    /** `mimic-cxr-2.0.0-split.csv.gz`, for splitBy "given". */
    split: location.optional(),
  }),
  /** nearest: the stay whose arrival is nearest to the study, within the window. inside: from arrival to departure. */
  rule: z.enum(['nearest', 'inside']).default('nearest'),
  windowHours: z.number().positive().max(8760).default(24),
  /** The image of a study is the first of the first of these views that it has. */
  views: z.array(z.string().min(1).max(40)).min(1).max(16).default(['PA', 'AP']),
  /** Names with {subject_prefix} (its first two digits), {subject_id}, {study_id} and, of images, {dicom_id}. */
  images: fileTemplate.default('files/p{subject_prefix}/p{subject_id}/s{study_id}/{dicom_id}.jpg'),
  reports: fileTemplate.default('files/p{subject_prefix}/p{subject_id}/s{study_id}.txt'),
});

export const jobSchema = z
  .strictObject({
    id: z.string().regex(JOB_ID_PATTERN, { message: 'must be a-z, 0-9, _ or -, at most 63 characters' }),
    /** `gs://bucket/name`, or a name in the job's own bucket: records in JSON Lines, see record-line.ts. */
    manifest: location.optional(),
    /** Or the tables that the manifest is made of. */
    join: joinSchema.optional(),
    /** Pays for reading from buckets whose owner does not. */
    userProject: z
      .string()
      .regex(/^[a-z][a-z0-9:.-]{4,61}[a-z0-9]$/, { message: 'must be the id of a project' })
      .optional(),
    /** Keys the order of records and the splits: the same seed sends a patient to the same split in every job. */
    seed: z.string().min(1).max(200).default('pillbox'),
    /** At most this many records make one shard. */
    shardRecords: z.int().min(1).max(MAX_SHARD_RECORDS).default(64),
    /** Parts of this many consecutive shards make one tar of each split. 31 and the end of the archive join in one call. */
    partsPerTar: z.int().min(1).max(MAX_PARTS_PER_TAR).default(31),
    splits: splitFractionsSchema.default({ train: 0.7, val: 0.15, test: 0.15 }),
    /** By subject: no patient in two splits. By record: exact sizes. Given: as the line of the record says. */
    splitBy: z.enum(['subject', 'record', 'given']).default('subject'),
    /** Subjects alike in these are shared out in the same fractions. */
    stratifyBy: z.array(stratumKey).max(3).default([]),
    /** Also a sample of this many records of each split. */
    smallPerSplit: z.int().min(1).max(MAX_SMALL_RECORDS).optional(),
    /** Also the clinical values, labels and identifiers as one Parquet file. */
    parquet: z.boolean().default(false),
    image: z
      .strictObject({
        /** Width and height of every image in the output, in pixels. */
        size: z.int().min(16).max(MAX_IMAGE_SIZE).default(518),
        channels: z.literal([1, 3]).default(1),
        format: z.enum(['png', 'jpeg', 'raw']).default('png'),
        /** Whether an attention mask goes with it. */
        mask: z.boolean().default(true),
      })
      .prefault({}),
    note: z
      .strictObject({
        /** Leaves out of the note what names or describes the finding to be predicted. */
        aggressiveFiltering: z.boolean().default(false),
        /** JSON Lines of passages; absent = the general facts that come with Pillbox. */
        knowledge: location.optional(),
        /** At most this many passages are added to a note. */
        passages: z.int().min(0).max(10).default(3),
      })
      .prefault({}),
    /** Absent = no tokens. */
    tokens: z
      .strictObject({
        /** A tokenizer.json as Hugging Face's libraries write it. */
        tokenizer: location,
        maxTokens: z.int().min(1).max(MAX_TOKENS).default(MAX_TOKENS),
      })
      .optional(),
  })
  .refine(({ manifest, join }) => (manifest === undefined) !== (join === undefined), {
    path: ['manifest'],
    message: 'either manifest or join is needed, not both',
  })
  .refine(
    ({ join, splitBy }) => join === undefined || splitBy !== 'given' || join.tables.split !== undefined,
    {
      path: ['join', 'tables', 'split'],
      message: 'is needed for splitBy "given"',
    },
  )
  .refine(
    ({ join, splitBy, stratifyBy }) =>
      stratifyBy.length === 0 || (splitBy === 'subject' && join !== undefined),
    { path: ['stratifyBy'], message: 'needs join, and splitBy "subject"' },
  )
  .refine(
    ({ join, stratifyBy }) =>
      join?.tables.chexpert !== undefined || !stratifyBy.some((key) => key.startsWith('label:')),
    { path: ['stratifyBy'], message: 'a label needs join.tables.chexpert' },
  );

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
