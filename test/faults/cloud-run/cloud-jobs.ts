/** The two small jobs that run over the local cloud, and what comes of them in memory. */

import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { createPipelineRun } from '../../fixtures/pipeline/pipeline-run.ts';
import { writeSampleJob } from '../../fixtures/pipeline/sample-job.ts';
import { type JobKind, lookAt, type Outcome, writeJoinJob } from '../schedules/scheduled-job.ts';

export const JOB_KINDS: readonly JobKind[] = ['manifest', 'join'];

/** Two groups of two shards each, and a record that fails. */
const MANIFEST_JOB = {
  records: 7,
  faults: { 2: 'image-missing' },
  options: {
    shardRecords: 2,
    partsPerTar: 2,
    image: { size: 16, mask: false },
    note: { passages: 0 },
    parquet: true,
    smallPerSplit: 1,
  },
} as const;

/** Its last object is `jobs/demo/job.json`; the join, of two partitions, is planned here too. */
export async function writeJob(kind: JobKind, store: ObjectStore): Promise<void> {
  if (kind === 'join') await writeJoinJob(store);
  else await writeSampleJob(store, MANIFEST_JOB);
}

export async function runInMemory(kind: JobKind): Promise<Outcome> {
  const run = createPipelineRun();
  await writeJob(kind, run.store);
  await run.announce('demo');
  await run.drive();
  while (await run.sweep());
  return lookAt(run.store, run.waiting().length);
}
