/** The pipeline's steps with 64 clients at once, beside the queue's own deliveries: all jobs are done, and no step is killed. */

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { ROOT, withBundles } from '../../infra/cli/find-function.ts';
import { findCgroupParent } from '../../infra/cli/fit/cgroup-parent.ts';
import { withStepHost } from '../../infra/cli/fit/step-host.ts';
import { withTemporaryFolder } from '../../infra/cli/temporary-folder.ts';
import type { Supervisor } from '../../infra/local/supervisor/supervisor.ts';
import { loadFunctions } from '../../infra/registry/registry.ts';
import { jobName } from '../../shared/pipeline/object-names.ts';
import { type Progress, readProgress } from '../../shared/pipeline/progress.ts';
import { type JobRef, planTask, shardTask, startTask, sweepTask } from '../../shared/pipeline/stage-tasks.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { Task } from '../../shared/tasks/task-queue.ts';
import type { LoadAsk } from '../fixtures/load/load-asks.ts';
import { answeredIn, runTimedLoad } from '../fixtures/load/run-load.ts';

const CLIENTS = 64;
const SECONDS = Number(process.env['PILLBOX_LOAD_SECONDS'] ?? 10);
/** A box without a budget does not last as long. */
const KILLED_WITHIN_SECONDS = 60;
const ROUNDS = 6;
const JOBS = ['first', 'second', 'third', 'fourth'];
const RECORDS = 24;
const STEPS = ['plan', 'shard', 'combine'];
const BUCKET = 'pillbox';
const POLL_MS = 100;

test(
  'with 64 clients at each step all jobs are done, and no step is killed',
  () =>
    withSteps('on', async (store, supervisor, notices) => {
      const pictures = [await xray(256, 300), await xray(2544, 3056), await largeXray()];
      const jobs = await submitAll(store, pictures);
      const planned = await load(supervisor, jobs.flatMap(planningAsks), SECONDS / 4);
      await Promise.all(jobs.map(({ job }) => until(store, job, ({ state }) => state !== 'planning')));
      const made = await load(supervisor, jobs.flatMap(shardAsks), SECONDS);
      await Promise.all(jobs.map(({ job }) => until(store, job, ({ stage }) => stage === 'combine')));
      const combined = await load(supervisor, jobs.flatMap(combineAsks), SECONDS / 4);
      const states = await Promise.all(jobs.map(({ job }) => until(store, job, isOver)));
      const stats = supervisor.stats().filter((box) => STEPS.includes(box.function));
      if (process.env['PILLBOX_TEST_FIGURES'] === '1') console.table(stats);
      expect({ wrong: [...planned.wrong, ...made.wrong, ...combined.wrong], states, notices }).toEqual({
        wrong: [],
        states: JOBS.map(() => 'done'),
        notices: [],
      });
      expect(stats.map(({ kills }) => kills)).toEqual([0, 0, 0]);
      expect(Math.min(...[planned, made, combined].map(answeredIn))).toBeGreaterThan(0);
    }),
  (4 * SECONDS + 180) * 1000,
);

test(
  'without its budget the shard step is killed by as many',
  () =>
    withSteps('off', async (store, supervisor) => {
      const killed = (): boolean =>
        supervisor.stats().some((box) => box.function === 'shard' && box.kills > 0);
      const picture = await longXray();
      // Anew, should the queue have had most of them made before the clients came.
      for (let round = 0; round < ROUNDS && !killed(); round += 1) {
        const jobs = await submitAll(store, [picture], `-${round}`);
        await Promise.all(jobs.map(({ job }) => until(store, job, ({ state }) => state !== 'planning')));
        await load(supervisor, jobs.flatMap(shardAsks), KILLED_WITHIN_SECONDS / ROUNDS, () => !killed());
      }
      if (process.env['PILLBOX_TEST_FIGURES'] === '1') console.table(supervisor.stats());
      expect(killed()).toBe(true);
    }),
  (KILLED_WITHIN_SECONDS + 120) * 1000,
);

/** One instance of each step, which is sent whatever comes: only its budget holds requests back. */
async function withSteps(
  budget: 'on' | 'off',
  use: (store: ObjectStore, supervisor: Supervisor, notices: readonly string[]) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(await mkdtemp(join(tmpdir(), 'pillbox-load-')), async (dir) => {
    const steps = (await loadFunctions(ROOT)).filter(({ name }) => STEPS.includes(name));
    const notices: string[] = [];
    await withBundles(steps, dir, (bundled) => {
      const functions = bundled.map((fn) => ({
        ...fn,
        config: { ...fn.config, concurrency: CLIENTS, maxInstances: 1 },
      }));
      const host = {
        dir,
        functions,
        cgroupParent: findCgroupParent(),
        environment: { PILLBOX_BUDGET: budget },
        onNotice: (message: string) => void notices.push(message),
      };
      return withStepHost(host, (store, supervisor) => use(store, supervisor, notices));
    });
  });
}

async function submitAll(
  store: ObjectStore,
  pictures: readonly Uint8Array[],
  suffix = '',
): Promise<JobRef[]> {
  for (const [number, picture] of pictures.entries()) await store.create(`data/${number}.jpg`, picture);
  const lines = Array.from({ length: RECORDS }, (_, at) => ({
    subject_id: at,
    study_id: at,
    image: `${at % pictures.length}.jpg`,
    report: 'No finding.',
    clinical: { heartrate: 60 + at },
  }));
  await store.create('data/manifest.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return await Promise.all(
    JOBS.map(async (name) => {
      const job = `${name}${suffix}`;
      const text = JSON.stringify({
        id: job,
        manifest: 'data/manifest.jsonl',
        shardRecords: 1,
        partsPerTar: 2,
      });
      const { generation } = await store.create(jobName(job), text, { contentType: 'application/json' });
      return { bucket: BUCKET, job, generation };
    }),
  );
}

/** Takes nearly all that decoding one picture may. */
const largeXray = () => xray(2800, 2400, { progressive: true });
/** A file of many megabytes: held by as many tasks at once as are let in, whatever decoding takes in turn. */
const longXray = () => xray(3000, 2600, { quality: 100 });

function xray(width: number, height: number, { progressive = false, quality = 80 } = {}): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 120, sigma: 40 };
  return sharp({ create: { width, height, channels: 3, background: 'black', noise } })
    .jpeg({ quality, progressive })
    .toBuffer();
}

const planningAsks = (job: JobRef): LoadAsk[] => [
  ask(planTask(job)),
  ask(planTask(job), 'trickled'),
  ask(planTask(job), 'cut'),
];

const shardAsks = (job: JobRef): LoadAsk[] =>
  Array.from({ length: RECORDS }, (_, shard) =>
    ask(shardTask({ ...job, shard }), shard % 8 === 7 ? 'trickled' : shard % 8 === 3 ? 'cut' : 'whole'),
  );

const combineAsks = (job: JobRef): LoadAsk[] => [
  ask(sweepTask({ ...job, round: 0, markers: 0, stalled: 0 }, Date.now())),
  ask(startTask({ ...job, round: 0 })),
  ask(startTask({ ...job, round: 0 }), 'trickled'),
  ask(startTask({ ...job, round: 0 }), 'cut'),
];

function ask({ box, path, body }: Task, manner: LoadAsk['manner'] = 'whole'): LoadAsk {
  return {
    name: `${box}${path}, ${manner}`,
    path: `/${box}${path}`,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(body)),
    status: 200,
    manner,
  };
}

function load(
  supervisor: Supervisor,
  asks: readonly LoadAsk[],
  seconds: number,
  goesOn: () => boolean = () => true,
) {
  return runTimedLoad({ base: supervisor.origin, asks, clients: CLIENTS, seconds, goesOn });
}

const isOver = ({ state }: Progress): boolean => state === 'done' || state === 'failed';

async function until(
  store: ObjectStore,
  job: string,
  isEnough: (progress: Progress) => boolean,
): Promise<string> {
  for (;;) {
    const progress = await readProgress(store, job);
    if (isEnough(progress) || isOver(progress)) return progress.state;
    await sleep(POLL_MS);
  }
}
