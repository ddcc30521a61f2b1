/** The options of `pillbox submit` that are fields of a job, and how they override those of a job.json. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from '../option-values.ts';
import { JOB_DEFAULTS, JOIN_DEFAULTS, SPLITS_TEXT, TOKENS_DEFAULTS } from './job-defaults.ts';

/** As commander names them. What is absent stays as the job.json has it, or by default. */
export interface JobOptions {
  readonly id?: string;
  readonly manifest?: string;
  readonly userProject?: string;
  readonly matchRule?: string;
  readonly matchWindowHours?: number;
  readonly views?: readonly string[];
  readonly images?: string;
  readonly reports?: string;
  readonly imageSize?: number;
  readonly imageChannels?: number;
  readonly imageFormat?: string;
  readonly mask?: boolean;
  readonly tokenizer?: string;
  readonly maxTokens?: number;
  readonly knowledge?: string;
  readonly passages?: number;
  readonly aggressiveFiltering?: boolean;
  readonly shardRecords?: number;
  readonly partsPerTar?: number;
  readonly splits?: { readonly train: number; readonly val: number; readonly test: number };
  readonly splitBy?: string;
  readonly stratifyBy?: readonly string[];
  readonly seed?: string;
  readonly small?: number;
  readonly parquet?: boolean;
}

/** Where each option lies in a job. */
const PATHS: { readonly [Key in keyof Required<JobOptions>]: readonly string[] } = {
  id: ['id'],
  manifest: ['manifest'],
  userProject: ['userProject'],
  matchRule: ['join', 'rule'],
  matchWindowHours: ['join', 'windowHours'],
  views: ['join', 'views'],
  images: ['join', 'images'],
  reports: ['join', 'reports'],
  imageSize: ['image', 'size'],
  imageChannels: ['image', 'channels'],
  imageFormat: ['image', 'format'],
  mask: ['image', 'mask'],
  tokenizer: ['tokens', 'tokenizer'],
  maxTokens: ['tokens', 'maxTokens'],
  knowledge: ['note', 'knowledge'],
  passages: ['note', 'passages'],
  aggressiveFiltering: ['note', 'aggressiveFiltering'],
  shardRecords: ['shardRecords'],
  partsPerTar: ['partsPerTar'],
  splits: ['splits'],
  splitBy: ['splitBy'],
  stratifyBy: ['stratifyBy'],
  seed: ['seed'],
  small: ['smallPerSplit'],
  parquet: ['parquet'],
};

/** A job as it is written down: not checked yet. */
export type JobDraft = Readonly<Record<string, unknown>>;

export function addJobOptions(command: Command): Command {
  const list = (text: string) => text.split(',').map((one) => one.trim());
  const oneOf = (flags: string, words: string, choices: string[]) =>
    new Option(flags, words).choices(choices);
  const { image } = JOB_DEFAULTS;
  return command
    .option('--id <name>', 'name of the job; its outputs lie in jobs/<name>/out/')
    .option(
      '--manifest <object>',
      'records in JSON Lines: gs://bucket/name, or a name in the bucket of the job',
    )
    .option('--user-project <id>', 'project that pays for reading from buckets whose owner does not')
    .optionsGroup('Join of tables:')
    .addOption(
      oneOf('--match-rule <rule>', 'stay of a study: nearest in time (default), or inside', [
        'nearest',
        'inside',
      ]),
    )
    .option(
      '--match-window-hours <n>',
      `a study this long before or after arrival is matched (${JOIN_DEFAULTS.windowHours})`,
      positiveNumber,
    )
    .option(
      '--views <list>',
      `which image of a study: the first of these it has (${JOIN_DEFAULTS.views})`,
      list,
    )
    .option(
      '--images <template>',
      'names of images, with {subject_prefix} {subject_id} {study_id} {dicom_id}',
    )
    .option('--reports <template>', 'names of reports, likewise')
    .optionsGroup('Records:')
    .option('--image-size <px>', `width and height of every image (${image.size})`, wholeNumber(1))
    .addOption(
      oneOf('--image-channels <n>', 'grey (1, default) or three alike (3)', ['1', '3']).argParser(channels),
    )
    .addOption(oneOf('--image-format <format>', `of the image (${image.format})`, ['png', 'jpeg', 'raw']))
    .option('--mask', 'with the attention mask (default)')
    .option('--no-mask', 'without it')
    .option('--tokenizer <object>', 'a tokenizer.json; absent = no tokens')
    .option('--max-tokens <n>', `longest text, in tokens (${TOKENS_DEFAULTS.maxTokens})`, wholeNumber(1))
    .option('--knowledge <object>', 'passages in JSON Lines; absent = those that come with Pillbox')
    .option(
      '--passages <n>',
      `at most this many are added to a note (${JOB_DEFAULTS.note.passages})`,
      wholeNumber(0),
    )
    .option('--aggressive-filtering', 'leave out of notes what names or describes the finding')
    .option('--no-aggressive-filtering', 'leave notes whole (default)')
    .optionsGroup('Outputs:')
    .option(
      '--shard-records <n>',
      `records that one task makes: the batch size (${JOB_DEFAULTS.shardRecords})`,
      wholeNumber(1),
    )
    .option(
      '--parts-per-tar <n>',
      `of this many tasks the records make one tar a split (${JOB_DEFAULTS.partsPerTar})`,
      wholeNumber(1),
    )
    .option('--splits <fractions>', `train,val,test (${SPLITS_TEXT})`, fractions)
    .addOption(
      oneOf('--split-by <what>', 'subject (default), record, or given', ['subject', 'record', 'given']),
    )
    .option('--stratify-by <list>', 'of joined tables: up to three of view, clinical, label:<name>', list)
    .option('--seed <text>', `keys the order and the splits (${JOB_DEFAULTS.seed})`)
    .option('--small <n>', 'also a sample of n records of each split', wholeNumber(1))
    .option('--parquet', 'also values, labels and identifiers as one Parquet file')
    .option('--no-parquet', 'without it (default)');
}

/** The draft with every given option in its place. */
export function withOptions(draft: JobDraft, options: JobOptions): JobDraft {
  let changed = draft;
  for (const [key, path] of Object.entries(PATHS) as [keyof JobOptions, readonly string[]][]) {
    const value = options[key];
    if (value !== undefined) changed = withField(changed, path, value);
  }
  return changed;
}

/** What stands in the way of the path and is no object is replaced: the check of the job could not tell more. */
export function withField(draft: JobDraft, [key = '', ...rest]: readonly string[], value: unknown): JobDraft {
  if (rest.length === 0) return { ...draft, [key]: value };
  const inner = draft[key];
  const isObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  return { ...draft, [key]: withField(isObject ? (inner as JobDraft) : {}, rest, value) };
}

/** A parser for numbers above 0. */
export function positiveNumber(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

function channels(text: string): number {
  if (text === '1' || text === '3') return Number(text);
  throw new InvalidArgumentError('It must be 1 or 3.');
}

function fractions(text: string): { train: number; val: number; test: number } {
  const numbers = text
    .split(',')
    .map((one) => (/^(?:\d+\.?\d*|\.\d+)$/.test(one.trim()) ? Number(one) : Number.NaN));
  const [train = Number.NaN, val = Number.NaN, test = Number.NaN] = numbers;
  if (numbers.length === 3 && !numbers.some(Number.isNaN)) return { train, val, test };
  throw new InvalidArgumentError('It must be three fractions, such as 0.7,0.15,0.15.');
}
