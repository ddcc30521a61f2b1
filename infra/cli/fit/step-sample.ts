/** What a pipeline step is tried with: the data and the job that give it tasks, and when those have been done. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Progress } from '../../../shared/pipeline/progress.ts';
import { writeTables } from '../../sample/tables/write-tables.ts';
import { writeSample } from '../../sample/write-sample.ts';

export interface SampleSize {
  /** Of images and reports, with one to three records each. */
  readonly patients?: number;
  /** Of tables, those that the join matches. */
  readonly tableRecords?: number;
}

export interface StepSample {
  /** To be uploaded below `prefix`. */
  readonly dir: string;
  readonly prefix: string;
  /** The job.json, without its id. */
  readonly job: Readonly<Record<string, unknown>>;
  /** True once the step has no more to do. */
  readonly isOver: (progress: Progress) => boolean;
}

const PATIENTS = 8;
/** Their tables come to several partitions, each as full as one of MIMIC's. */
const TABLE_RECORDS = 5_000;
/** The job that comes with tables names them below data/<folder>/. */
const FOLDER = 'sample';
const PREFIX = `data/${FOLDER}/`;
const SEED = 'pillbox';
const joinJobSchema = z.object({ join: z.record(z.string(), z.unknown()) });

/** Writes a folder in `parent`. */
export async function writeStepSample(step: string, parent: string, size: SampleSize): Promise<StepSample> {
  const dir = join(parent, FOLDER);
  return step === 'join' ? await sampleTables(dir, size) : await sampleManifest(dir, size);
}

async function sampleManifest(dir: string, { patients = PATIENTS }: SampleSize): Promise<StepSample> {
  await writeSample({ dir, patients, seed: SEED });
  return {
    dir,
    prefix: PREFIX,
    // One record a shard, few shards a tar: as many tasks of each step as the sample can give.
    job: { manifest: `${PREFIX}manifest.jsonl`, shardRecords: 1, partsPerTar: 2 },
    isOver: ({ state }) => state === 'done',
  };
}

/** Without images, which only the steps after the join look at: the job is left when its manifest is there. */
async function sampleTables(dir: string, { tableRecords = TABLE_RECORDS }: SampleSize): Promise<StepSample> {
  await writeTables({ dir, records: tableRecords, seed: SEED, images: 'none' });
  const job = joinJobSchema.parse(JSON.parse(await readFile(join(dir, 'job.json'), 'utf8')));
  return { dir, prefix: PREFIX, job, isOver: ({ join: joined }) => joined?.step === 'done' };
}
