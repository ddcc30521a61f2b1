/** The names of a job's objects: the one place that spells them. */

import type { Split } from './split.ts';

/** What one partition of a join gives. */
export type JoinPartKind = 'manifest' | 'unmatched';

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
  { kind, shard, codeVersion }: { kind: Split | 'failures' | 'rows'; shard: number; codeVersion: string },
): string => `${partFolder(run)}${kind}/${padded(shard)}-${versionSegment(codeVersion)}`;
/** Of a join. What holds records lies where it is deleted at the end of the job, as parts are. */
export const joinPlanName = (run: JobRun): string => `${workFolder(run)}join-plan.json`;
export const joinedName = (run: JobRun): string => `${workFolder(run)}joined.json`;
export const joinedManifestName = (run: JobRun): string => `${partFolder(run)}manifest.jsonl`;
export const spillName = (
  run: JobRun,
  { scan, spill, codeVersion }: { scan: string; spill: number; codeVersion: string },
): string => `${partFolder(run)}spills/${scan}-${padded(spill)}-${versionSegment(codeVersion)}`;
export const joinPartName = (
  run: JobRun,
  { kind, partition, codeVersion }: { kind: JoinPartKind; partition: number; codeVersion: string },
): string => `${partFolder(run)}${kind}/${padded(partition)}-${versionSegment(codeVersion)}`;
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
/** The studies that the join left out. */
export const UNMATCHED_FILE = 'unmatched.jsonl';
/** What the join came to. */
export const JOIN_REPORT_FILE = 'join.json';

export const padded = (number: number): string => String(number).padStart(DIGITS, '0');

/** All rows of the shards, joined in their order; gone with the parts when the job is done. */
export const rowsName = (run: JobRun): string => `${workFolder(run)}compose/rows.jsonl`;
/** Where a file is made, before it is moved to its name below out/. */
export const stagedName = (run: JobRun, file: string): string => `${workFolder(run)}compose/staged-${file}`;
/** The last thing that the extras task writes. */
export const extrasMarkerName = (run: JobRun): string => `${markerFolder(run)}extras.json`;
export const PROVENANCE_FILE = 'provenance.json';
export const TABULAR_FILE = 'tabular.parquet';
export const smallFile = (split: Split): string => `small-${split}.tar`;

const versionSegment = (codeVersion: string): string => codeVersion.replaceAll(/[^\w.-]/g, '_');
