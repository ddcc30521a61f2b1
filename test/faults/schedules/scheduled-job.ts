/** The two small jobs that schedules disturb, one run of such a job, and what must come of it. */

import sharp from 'sharp';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { createMemoryQueue } from '../../../shared/tasks/memory-task-queue.ts';
import { planPartitions } from '../../fixtures/pipeline/join-run.ts';
import { BUCKET, createPipelineRun } from '../../fixtures/pipeline/pipeline-run.ts';
import {
  listNames,
  listRecordsLeft,
  readBytes,
  readMetadata,
  readOutputs,
} from '../../fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../../fixtures/pipeline/sample-job.ts';
import { FOLDER, randomTables, TABLE_NAMES, writeTables } from '../../fixtures/tables/random-tables.ts';
import { deliverAll } from './deliver-all.ts';
import { Disturbance } from './disturbance.ts';
import { disturbedQueue, disturbedStore } from './disturbed-ports.ts';
import type { FaultSchedule, Place, Profile } from './fault-schedule.ts';

export type JobKind = 'manifest' | 'join';

/** Breaks the pipeline's protocol: `seen` is what a worker of `box` would see, `bucket` is the bucket itself. */
export type Mutation = (seen: ObjectStore, bucket: ObjectStore, box: string) => ObjectStore;

export interface Outcome {
  readonly outputs: Readonly<Record<string, string>>;
  /** Of all objects of the job. */
  readonly names: readonly string[];
  /** Objects that should be gone: parts, intermediates, failures of the job. */
  readonly left: readonly string[];
  readonly countsAddUp: boolean;
  /** Tasks that nobody took. */
  readonly enqueued: number;
}

export interface ScheduledRun {
  readonly outcome: Outcome;
  readonly profile: Profile;
  readonly met: readonly Place[];
  readonly deliveries: number;
}

/** Two groups of two shards each, and a record that fails. */
const OPTIONS = {
  shardRecords: 2,
  partsPerTar: 2,
  image: { size: 16, mask: false },
  note: { passages: 0 },
  parquet: true,
  smallPerSplit: 1,
};

/** Runs the job to its end. Throws when that does not come. */
export async function runScheduled(
  kind: JobKind,
  schedule: Pick<FaultSchedule, 'faults'>,
  mutate: Mutation = (seen) => seen,
): Promise<ScheduledRun> {
  const disturbance = new Disturbance(schedule);
  const queue = createMemoryQueue();
  const run = createPipelineRun({
    wrapStore: (bucket, box) => mutate(disturbedStore(bucket, disturbance), bucket, box),
    wrapQueue: () => disturbedQueue(queue, disturbance),
  });
  await (kind === 'join' ? writeJoinJob(run.store) : writeManifestJob(run.store));
  const deliveries = await deliverAll({ run, queue, disturbance });
  return {
    outcome: await lookAt(run.store, queue.tasks.length),
    profile: disturbance.profile,
    met: disturbance.met,
    deliveries,
  };
}

/** @param enqueued tasks and events that nobody took. */
export async function lookAt(store: ObjectStore, enqueued: number): Promise<Outcome> {
  const left = [...(await listRecordsLeft(store)), ...(await listNames(store, 'jobs/demo/failed/'))];
  const outputs = await readOutputs(store);
  const names = await listNames(store, 'jobs/demo/');
  return {
    outputs,
    // Some names hold a generation.
    names: names.map((name) => name.replaceAll(/\d{16}/g, '*')),
    left,
    countsAddUp: await doCountsAddUp(store),
    enqueued,
  };
}

async function doCountsAddUp(store: ObjectStore): Promise<boolean> {
  if ((await store.stat('jobs/demo/out/metadata.json')) === undefined) return false;
  const { records, failed, splits } = await readMetadata(store);
  const lines = String(await readBytes(store, 'jobs/demo/out/failures.jsonl')).split('\n').length - 1;
  return failed === lines && splits.train + splits.val + splits.test + failed === records;
}

async function writeManifestJob(store: ObjectStore): Promise<void> {
  await writeSampleJob(store, { records: 7, faults: { 2: 'image-missing' }, options: OPTIONS });
}

/** @param isPlanned false = the job plans its join itself: its tables are so small that they come to one partition. */
export async function writeJoinJob(store: ObjectStore, { isPlanned = true } = {}): Promise<void> {
  const drawn = randomTables(JOIN_SEED, JOIN_SUBJECTS);
  await writeTables(store, drawn);
  jpeg ??= await sharp({ create: { width: 16, height: 16, channels: 3, background: 'grey' } })
    .jpeg()
    .toBuffer();
  for (const [i, file] of drawn.files.entries()) {
    const isImage = file.endsWith('.jpg') && i % 5 !== 0;
    await store.create(FOLDER + file, isImage ? jpeg : 'FINDINGS: The lungs are clear.');
  }
  const job = { id: 'demo', ...OPTIONS, stratifyBy: ['view'], join: { tables: TABLE_NAMES } };
  const { generation } = await store.create('jobs/demo/job.json', JSON.stringify(job));
  if (isPlanned) await planPartitions(store, { bucket: BUCKET, job: 'demo', generation }, JOIN_PARTITIONS);
}

/** Of tables that give half a dozen studies with an image. */
const JOIN_SEED = 7;
const JOIN_SUBJECTS = 40;
const JOIN_PARTITIONS = 2;
let jpeg: Buffer | undefined;
