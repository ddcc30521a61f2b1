/** One whole job from tables to tars on this machine, and what it took: time, memory, CPU and bytes. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { uploadFolder } from '../../infra/cli/demo/upload.ts';
import { ROOT, withBundles } from '../../infra/cli/find-function.ts';
import { findCgroupParent } from '../../infra/cli/fit/cgroup-parent.ts';
import { withStepHost } from '../../infra/cli/fit/step-host.ts';
import type { FunctionStats, Supervisor } from '../../infra/local/supervisor/supervisor.ts';
import { loadFunctions, type RegisteredFunction } from '../../infra/registry/registry.ts';
import { writeTables } from '../../infra/sample/tables/write-tables.ts';
import { jobName, outputFolder } from '../../shared/pipeline/object-names.ts';
import { openProgress } from '../../shared/pipeline/progress.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { openTrafficProxy, type Traffic } from './pipeline-traffic.ts';
import { CpuTally } from './process-cpu.ts';

export const STEPS = ['join', 'plan', 'shard', 'combine'] as const;
export type Step = (typeof STEPS)[number];

export interface PipelineRun {
  readonly records: number;
  /** From job.json to the end; and of that, until the first shard is under way. */
  readonly seconds: number;
  readonly joinSeconds: number;
  /** Resident, of the largest process that the function ever had. */
  readonly peakMiB: Readonly<Record<Step, number>>;
  readonly shardCpuMs: number;
  readonly outputBytes: number;
  /** Of the combine step with the cloud. */
  readonly combineTraffic: Traffic;
}

export interface SampleAt {
  readonly dir: string;
  /** Paths of the distinct images. */
  readonly images: readonly string[];
}

const POLL_MS = 500;

/** Draws the sample into `dir`, or finds it there. */
export async function makeSample(dir: string, records: number, distinctImages: number): Promise<SampleAt> {
  await writeTables({ dir, records, seed: 'bench', images: distinctImages });
  const { readdir } = await import('node:fs/promises');
  const names = await readdir(join(dir, 'images'));
  return { dir, images: names.sort().map((name) => join(dir, 'images', name)) };
}

/** Throws when the job fails, or when a function is killed. @param dir for the state of the cloud; removed at the end. */
export async function runPipeline(sample: SampleAt, records: number, dir: string): Promise<PipelineRun> {
  const steps = (await loadFunctions(ROOT)).filter(({ name }) => STEPS.some((step) => step === name));
  const notices: string[] = [];
  const host = { dir, cgroupParent: findCgroupParent(), onNotice: (text: string) => void notices.push(text) };
  const proxy = await openTrafficProxy(dir);
  const redirected = async (fn: RegisteredFunction) =>
    fn.name === 'combine' ? await proxy.redirect(fn) : fn;
  return await withBundles(steps, dir, async (bundled) => {
    const functions = await Promise.all(bundled.map(redirected));
    return await withStepHost({ ...host, functions }, async (store, supervisor) => {
      const job = JSON.parse(await readFile(join(sample.dir, 'job.json'), 'utf8'));
      const place = { bucket: '', prefix: folderOf(job.join.tables.metadata) };
      await uploadFolder(store, sample.dir, place, (done, total) => say(`uploading ${done} of ${total}`));
      const run = await followJob(store, supervisor, job);
      if (notices.length > 0) throw new Error(notices[0]);
      const combineTraffic = proxy.read();
      // None at all would mean that it went another way.
      if (combineTraffic.requests === 0) throw new Error('the requests of combine were not counted');
      const outputBytes = await bytesBelow(store, outputFolder(job.id));
      return { ...run, records, outputBytes, combineTraffic };
    });
  }).finally(() => proxy.close());
}

async function followJob(
  store: ObjectStore,
  supervisor: Supervisor,
  job: { readonly id: string },
): Promise<Omit<PipelineRun, 'records' | 'outputBytes' | 'combineTraffic'>> {
  const cpu = new CpuTally();
  const fromMs = performance.now();
  const seconds = () => (performance.now() - fromMs) / 1000;
  let joinSeconds = 0;
  await store.create(jobName(job.id), JSON.stringify(job), { contentType: 'application/json' });
  const progress = openProgress(store, job.id);
  for (;;) {
    const { state, stage, records, recordsDone, error } = await progress.read();
    for (const { function: name, pids } of supervisor.stats()) cpu.look(name, pids);
    if (stage === 'join' || stage === 'plan') joinSeconds = seconds();
    if (state === 'failed') throw new Error(`the job failed: ${error?.message ?? 'no reason given'}`);
    if (state === 'done') break;
    say(`${stage ?? state}: ${recordsDone} of ${records ?? '?'} records, ${seconds().toFixed(0)} s`);
    await sleep(POLL_MS);
  }
  const stats = supervisor.stats();
  const peakMiB = Object.fromEntries(STEPS.map((step) => [step, peakOf(stats, step)])) as Record<
    Step,
    number
  >;
  return { seconds: seconds(), joinSeconds, peakMiB, shardCpuMs: cpu.totalMs('shard') };
}

const peakOf = (stats: readonly FunctionStats[], step: Step): number =>
  stats.find((one) => one.function === step)?.peakMiB ?? 0;

const folderOf = (name: string): string => name.slice(0, name.lastIndexOf('/') + 1);

async function bytesBelow(store: ObjectStore, folder: string): Promise<number> {
  let bytes = 0;
  for await (const { sizeBytes } of store.list(folder)) bytes += sizeBytes;
  return bytes;
}

/** On a terminal, over the line before. */
function say(line: string): void {
  if (process.stderr.isTTY === true) process.stderr.write(`\r\u001b[K${line}`);
}
