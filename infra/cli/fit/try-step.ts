/** Tries a pipeline step under a memory limit: a batch job of synthetic data, through a cloud and boxes of its own. */

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jobName } from '../../../shared/pipeline/object-names.ts';
import { readProgress } from '../../../shared/pipeline/progress.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import type { Supervisor } from '../../local/supervisor/supervisor.ts';
import { loadFunctions, type RegisteredFunction } from '../../registry/registry.ts';
import { uploadFolder } from '../demo/upload.ts';
import { ROOT, withBundles } from '../find-function.ts';
import { withTemporaryFolder } from '../temporary-folder.ts';
import { withStepHost } from './step-host.ts';
import { type SampleSize, type StepSample, writeStepSample } from './step-sample.ts';
import type { Trial, TryAt } from './trial.ts';

export interface StepTrials extends SampleSize {
  readonly fn: RegisteredFunction;
  readonly cgroupParent: string | undefined;
}

const POLL_MS = 50;
/** A job that takes longer is taken for one that does not end. */
const LONGEST_MS = 180_000;
const JOB = 'fit';
const LIMIT_IS_OVER = /killed at/;

/** Draws the sample data once, and removes everything at the end. */
export async function withStepTrials<Result>(
  { fn, cgroupParent, ...size }: StepTrials,
  use: (tryAt: TryAt) => Promise<Result>,
): Promise<Result> {
  const made = await mkdtemp(join(tmpdir(), 'pillbox-fit-'));
  return await withTemporaryFolder(made, async (dir) => {
    const sample = await writeStepSample(fn.name, dir, size);
    return await withBundles(await loadFunctions(ROOT), dir, (all) =>
      use(async (memoryMiB, clients) => {
        const functions = all.map((one) =>
          one.name === fn.name
            ? { ...one, config: { ...one.config, memoryMiB, concurrency: clients, maxInstances: 1 } }
            : one,
        );
        const notices: string[] = [];
        const onNotice = (message: string) => void notices.push(message);
        return await withStepHost({ dir, functions, cgroupParent, onNotice }, async (store, supervisor) => {
          const ended = await runJob(store, sample, supervisor, notices, fn.name);
          return trialOf(fn.name, memoryMiB, clients, supervisor, ended, notices);
        });
      }),
    );
  });
}

interface JobEnd {
  readonly reason: string | undefined;
  readonly mostInWork: number;
}

/** Until the job has ended, or a process has: its task would be delivered again for an hour. */
async function runJob(
  store: ObjectStore,
  sample: StepSample,
  supervisor: Supervisor,
  notices: readonly string[],
  name: string,
): Promise<JobEnd> {
  await uploadFolder(store, sample.dir, { bucket: '', prefix: sample.prefix }, () => {});
  await store.create(jobName(JOB), JSON.stringify({ ...sample.job, id: JOB }), {
    contentType: 'application/json',
    ifGenerationMatch: '0',
  });
  const untilMs = performance.now() + LONGEST_MS;
  let mostInWork = 0;
  while (performance.now() < untilMs) {
    const report = (await supervisor.report()).find((box) => box.function === name);
    const inWork = report?.instances.reduce((sum, one) => sum + one.requestsInWork, 0) ?? 0;
    mostInWork = Math.max(mostInWork, inWork);
    if (notices.length > 0) return { reason: notices[0], mostInWork };
    const progress = await readProgress(store, JOB);
    if (sample.isOver(progress)) return { reason: undefined, mostInWork };
    if (progress.state === 'failed')
      return { reason: `the job failed: ${progress.error?.message ?? 'no reason given'}`, mostInWork };
    await sleep(POLL_MS);
  }
  return { reason: `the job did not end within ${LONGEST_MS / 1000} s`, mostInWork };
}

function trialOf(
  name: string,
  limitMiB: number,
  clients: number,
  supervisor: Supervisor,
  { reason, mostInWork }: JobEnd,
  notices: readonly string[],
): Trial {
  const stats = supervisor.stats().find((one) => one.function === name);
  const requests = stats?.requests ?? 0;
  const shared = {
    limitMiB,
    clients,
    peakMiB: stats?.peakMiB ?? 0,
    requests,
    busyMs: stats?.busyMs ?? 0,
    mostInWork: Math.max(1, mostInWork),
  };
  const isOver = notices.some((notice) => notice.startsWith(`${name}: `) && LIMIT_IS_OVER.test(notice));
  if (isOver) return { ...shared, outcome: 'killed', reason };
  if (reason !== undefined) return { ...shared, outcome: 'failed', reason };
  if (requests === 0) return { ...shared, outcome: 'failed', reason: 'the sample job gave it no task' };
  return { ...shared, outcome: 'holds' };
}
