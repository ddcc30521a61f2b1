/** Predicts what a job takes before anything runs: tasks, time, storage and operations. */

import type { Job } from '../../../shared/pipeline/job.ts';
import { shardCount } from '../../../shared/pipeline/plan-document.ts';
import { expectedTars } from './expected-tars.ts';
import { MEASURED, OPERATIONS } from './work.ts';

export interface WhatIf {
  readonly records: number;
  /** Shards made at once, one a box. */
  readonly boxes: number;
  readonly memoryMiB: number;
  /** CPU time of one record. */
  readonly recordSeconds: number;
  readonly job: Pick<
    Job,
    'join' | 'shardRecords' | 'partsPerTar' | 'splits' | 'splitBy' | 'image' | 'tokens'
  >;
  /** Of a job that is joined: so many follow from the size of its tables, and tell it. */
  readonly partitions: number;
}

export interface StagePrediction {
  readonly stage: 'join' | 'plan' | 'shard' | 'combine';
  readonly tasks: number;
  /** From the first task to the last. */
  readonly wallSeconds: number;
  /** Of all boxes together. */
  readonly boxSeconds: number;
}

export interface Prediction {
  readonly stages: readonly StagePrediction[];
  /** Scheduled ahead every 10 minutes at most, until the job has ended. */
  readonly sweeps: number;
  readonly shards: number;
  readonly tars: number;
  readonly wallSeconds: number;
  readonly bytesPerRecord: number;
  readonly outputBytes: number;
  readonly classA: number;
  readonly classB: number;
  /** Calls that make a task, and deliveries. */
  readonly taskOperations: number;
}

/** See functions/combine/function.json: more tars at once only wait. */
const TARS_AT_ONCE = 40;
/** See functions/join/function.json. */
const JOINS_AT_ONCE = 20;
/** See shared/pipeline/stage-tasks.ts. */
const SWEEP_SECONDS = 600;
/** start, extras and finish. */
const COMBINE_SINGLES = 3;

export function predict(whatIf: WhatIf): Prediction {
  const { records, job } = whatIf;
  const shards = shardCount(records, job.shardRecords);
  const tars = expectedTars(job, records, shards);
  const stages = [...joinStage(whatIf), ...stagesOf(whatIf, shards, tars)];
  const wallSeconds = stages.reduce((sum, stage) => sum + stage.wallSeconds, 0);
  const tasks = stages.reduce((sum, stage) => sum + stage.tasks, 0);
  const sweeps = 1 + Math.floor(wallSeconds / SWEEP_SECONDS);
  const bytesPerRecord = recordBytes(job);
  const { classA, classB } = OPERATIONS;
  return {
    stages,
    sweeps,
    shards,
    tars,
    wallSeconds,
    bytesPerRecord,
    outputBytes: bytesPerRecord * records,
    classA: Math.round(classA.perJob + classA.perShard * shards + classA.perTar * tars),
    classB: Math.round(
      classB.perJob + classB.perRecord * records + classB.perShard * shards + classB.perTar * tars,
    ),
    taskOperations: 2 * (tasks + sweeps),
  };
}

/**
 * Every table is a scan, and one more lists the images and reports; then the partitions; then one task ends the join. A scan
 * takes as long as its table is large, and that the partitions tell.
 */
function joinStage({ boxes, job, partitions }: WhatIf): StagePrediction[] {
  if (job.join === undefined) return [];
  const { partitionSeconds, ...usual } = MEASURED.join;
  const { singleTaskSeconds } = MEASURED;
  const share = partitions / usual.partitions;
  const allScansSeconds = usual.allScansSeconds * share;
  const scans = Object.values(job.join.tables).filter((table) => table !== undefined).length + 1;
  const atOnce = Math.min(JOINS_AT_ONCE, boxes);
  const scanSeconds = Math.max(usual.longestScanSeconds * share, allScansSeconds / atOnce);
  const partitionsSeconds = Math.ceil(partitions / atOnce) * partitionSeconds;
  return [
    {
      stage: 'join',
      tasks: scans + partitions + 1,
      wallSeconds: scanSeconds + partitionsSeconds + singleTaskSeconds,
      boxSeconds: allScansSeconds + partitions * partitionSeconds + singleTaskSeconds,
    },
  ];
}

function stagesOf(
  { records, boxes, recordSeconds, job }: WhatIf,
  shards: number,
  tars: number,
): StagePrediction[] {
  const { shardSeconds, tarSeconds, planRecordSeconds, singleTaskSeconds } = MEASURED;
  const planSeconds = singleTaskSeconds + planRecordSeconds * records;
  // Shards are made in waves: the last one is rarely full.
  const waves = Math.ceil(shards / boxes);
  const perShard = shardSeconds + recordSeconds * Math.min(job.shardRecords, records / shards);
  const singles = COMBINE_SINGLES * singleTaskSeconds;
  return [
    {
      stage: 'plan',
      tasks: job.join === undefined ? 1 : 2,
      wallSeconds: planSeconds,
      boxSeconds: planSeconds,
    },
    { stage: 'shard', tasks: shards, wallSeconds: waves * perShard, boxSeconds: shards * perShard },
    {
      stage: 'combine',
      tasks: tars + COMBINE_SINGLES,
      wallSeconds: singles + (tars * tarSeconds) / Math.min(TARS_AT_ONCE, Math.max(1, boxes), tars),
      boxSeconds: singles + tars * tarSeconds,
    },
  ];
}

/** An estimate for radiographs; near the usual size, within a few hundredths. */
export function recordBytes({ image, tokens }: Pick<Job, 'image' | 'tokens'>): number {
  const { bytes } = MEASURED;
  const pixels = image.size * image.size;
  const perPixel = {
    png: bytes.pngPerPixel * (image.channels === 3 ? bytes.pngThreeChannels : 1),
    jpeg: bytes.jpegPerPixel * (image.channels === 3 ? bytes.jpegThreeChannels : 1),
    raw: image.channels,
  }[image.format];
  const mask = image.mask ? pixels * bytes.maskPerPixel : 0;
  const text = bytes.other + (tokens === undefined ? 0 : bytes.tokens);
  return Math.round(pixels * perPixel + mask + text);
}
