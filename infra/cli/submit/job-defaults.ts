/** The defaults of a job that help texts name. A test holds them against the job itself, whose schema is slow to load. */

import type { Job } from '../../../shared/pipeline/job.ts';

export const JOB_DEFAULTS = {
  shardRecords: 64,
  partsPerTar: 31,
  seed: 'pillbox',
  splits: { train: 0.7, val: 0.15, test: 0.15 },
  splitBy: 'subject',
  image: { size: 518, channels: 1, format: 'png', mask: true },
  note: { aggressiveFiltering: false, passages: 3 },
} as const satisfies Partial<Job>;

export const JOIN_DEFAULTS = {
  rule: 'nearest',
  windowHours: 24,
  views: ['PA', 'AP'],
} as const;

/** Of jobs with a tokenizer. */
export const TOKENS_DEFAULTS = { maxTokens: 8192 } as const;

/** As the option takes them: `0.7,0.15,0.15`. */
export const SPLITS_TEXT = Object.values(JOB_DEFAULTS.splits).join(',');
