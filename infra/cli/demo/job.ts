/** Submits the demonstration's batch job, or finds the one an earlier start left unfinished, and follows it to its end. */

import * as z from 'zod';
import { RetryableError } from '../../../shared/errors/retryable-error.ts';
import { jobName, METADATA_FILE, outputName } from '../../../shared/pipeline/object-names.ts';
import { type Progress, readProgress } from '../../../shared/pipeline/progress.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { watchJob } from '../follow-job.ts';
import type { JobResult } from './summary.ts';

const POLL_MS = 400;
/** Looks that storage may leave unanswered before a start gives up. */
const LOOKS = 5;
/** Each the name of a function, in their order. */
const STAGES: readonly string[] = ['plan', 'shard', 'combine'];
const DIGITS = 4;

const metadataSchema = z.object({
  records: z.int(),
  failed: z.int(),
  splits: z.object({ train: z.int(), val: z.int(), test: z.int() }),
});

export interface DemoJob {
  readonly id: string;
  /** True when an earlier start submitted it and did not see it end. */
  readonly resumed: boolean;
  /** The functions whose stage an earlier start ended. */
  readonly over: readonly string[];
  /** Ended jobs of earlier starts. */
  readonly earlier: readonly string[];
}

/** The next job of the name demo-0001, demo-0002, …, submitted unless the last one is still unfinished. */
export async function submitDemoJob(store: ObjectStore, manifest: string): Promise<DemoJob> {
  const earlier: string[] = [];
  for (let number = 1; ; number++) {
    const id = `demo-${String(number).padStart(DIGITS, '0')}`;
    const { state, stage } = await lookAt(store, id);
    if (state === 'waiting') {
      const job = { id, manifest, shardRecords: 8 };
      await store.create(jobName(id), `${JSON.stringify(job, undefined, 2)}\n`, {
        contentType: 'application/json',
        ifGenerationMatch: '0',
      });
      return { id, resumed: false, over: [], earlier };
    }
    if (state === 'planning' || state === 'running') {
      const over = STAGES.slice(0, Math.max(0, STAGES.indexOf(stage ?? '')));
      return { id, resumed: true, over, earlier };
    }
    earlier.push(id);
  }
}

async function lookAt(store: ObjectStore, id: string): Promise<Progress> {
  for (let look = 1; ; look += 1) {
    try {
      return await readProgress(store, id);
    } catch (error) {
      if (!(error instanceof RetryableError) || look === LOOKS) throw error;
    }
  }
}

/** Calls `show` with every state until the job has ended. Throws with the job's own error when it failed. */
export async function followJob(
  store: ObjectStore,
  id: string,
  show: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<JobResult> {
  const startedMs = performance.now();
  const { state, error } = await watchJob(store, id, show, { pollMs: POLL_MS, signal });
  if (state !== 'done') throw new Error(`job ${id} failed: ${error?.message ?? 'no reason given'}`);
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  const outputs: string[] = [];
  for await (const { name } of store.list(outputName(id, ''))) outputs.push(name);
  return { id, ...(await readMetadata(store, id)), seconds, outputs };
}

async function readMetadata(store: ObjectStore, id: string): Promise<z.infer<typeof metadataSchema>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(outputName(id, METADATA_FILE))) chunks.push(chunk);
  return metadataSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
}
