/** The names of a job's objects: the one place that spells them. */

import type { Split } from './split.ts';

/** Names are listed in byte order, so numbers are padded to sort as numbers. */
const DIGITS = 8;
const TAR_DIGITS = 5;

export const jobName = (job: string): string => `jobs/${job}/job.json`;
export const planName = (job: string): string => `jobs/${job}/plan.json`;
export const failedFolder = (job: string): string => `jobs/${job}/failed/`;
/** @param task the stage, and the number of the task where there are several: `plan`, `shard-12`. */
export const failedName = (job: string, task: string): string => `jobs/${job}/failed/${task}.json`;

export const markerFolder = (job: string): string => `jobs/${job}/work/markers/`;
export const indexName = (job: string, manifestGeneration: string): string =>
  `jobs/${job}/work/index-${manifestGeneration}.bin`;
/** The version of the code is in the name: a shard that a new version makes again never meets the old one's bytes. */
export const partName = (job: string, kind: Split | 'failures', shard: number, codeVersion: string): string =>
  `jobs/${job}/work/parts/${kind}/${padded(shard)}-${codeVersion.replaceAll(/[^\w.-]/g, '_')}`;
export const endOfArchiveName = (job: string): string => `jobs/${job}/work/end-of-archive`;
/** Folder of the intermediate objects of one composed output. */
export const composeFolder = (job: string, output: string): string => `jobs/${job}/work/compose/${output}/`;

export const outputName = (job: string, file: string): string => `jobs/${job}/out/${file}`;
export const tarFile = (split: Split, number: number): string =>
  `${split}-${String(number).padStart(TAR_DIGITS, '0')}.tar`;
export const FAILURES_FILE = 'failures.jsonl';
export const METADATA_FILE = 'metadata.json';

export const padded = (number: number): string => String(number).padStart(DIGITS, '0');
