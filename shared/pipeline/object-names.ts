/** The names of a job's objects: the one place that spells them. */

import type { Split } from './split.ts';

/** Names are listed in byte order, so numbers are padded to sort as numbers. */
const DIGITS = 8;
const TAR_DIGITS = 5;

/**
 * One run of a job. A job that is deleted and written anew has the same name but another generation of job.json, and no
 * worker of the one may touch the work of the other.
 */
export interface JobRun {
  readonly job: string;
  /** The generation of job.json. */
  readonly generation: string;
}

export const jobName = (job: string): string => `jobs/${job}/job.json`;
export const failedFolder = (job: string): string => `jobs/${job}/failed/`;
/** @param task the stage, and the number of the task where there are several: `plan`, `shard-12`. */
export const failedName = (job: string, task: string): string => `${failedFolder(job)}${task}.json`;

const workFolder = ({ job, generation }: JobRun): string => `jobs/${job}/work/${generation}/`;
export const planName = (run: JobRun): string => `${workFolder(run)}plan.json`;
export const indexName = (run: JobRun, manifestGeneration: string): string =>
  `${workFolder(run)}index-${manifestGeneration}.bin`;
export const markerFolder = (run: JobRun): string => `${workFolder(run)}markers/`;
export const partFolder = (run: JobRun): string => `${workFolder(run)}parts/`;
/** The version of the code is in the name: a shard that a new version makes again never meets the old one's bytes. */
export const partName = (
  run: JobRun,
  { kind, shard, codeVersion }: { kind: Split | 'failures'; shard: number; codeVersion: string },
): string => `${partFolder(run)}${kind}/${padded(shard)}-${codeVersion.replaceAll(/[^\w.-]/g, '_')}`;
export const endOfArchiveName = (run: JobRun): string => `${workFolder(run)}end-of-archive`;
/** Folder of the intermediate objects of one composed output, or of all. */
export const composeFolder = (run: JobRun, output?: string): string =>
  `${workFolder(run)}compose/${output === undefined ? '' : `${output}/`}`;
/** Written after metadata.json, which does not tell which run it is from. */
export const doneName = (run: JobRun): string => `${workFolder(run)}done.json`;

export const outputFolder = (job: string): string => `jobs/${job}/out/`;
export const outputName = (job: string, file: string): string => `${outputFolder(job)}${file}`;
export const tarFile = (split: Split, number: number): string =>
  `${split}-${String(number).padStart(TAR_DIGITS, '0')}.tar`;
export const FAILURES_FILE = 'failures.jsonl';
export const METADATA_FILE = 'metadata.json';

export const padded = (number: number): string => String(number).padStart(DIGITS, '0');
