/** The pipeline's steps with 64 clients at once, beside the queue's own deliveries: all jobs are done, and no step is killed. */

import sharp from 'sharp';
import { expect, test } from 'vitest';
import { jobName } from '../../shared/pipeline/object-names.ts';
import { type JobRef, planTask, shardTask, startTask, sweepTask } from '../../shared/pipeline/stage-tasks.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { LoadAsk } from '../fixtures/load/load-asks.ts';
import { answeredIn } from '../fixtures/load/run-load.ts';
import { BUCKET, isOver, mannerOf, taskAsk, withSteps } from '../fixtures/load/steps.ts';

const SECONDS = Number(process.env['PILLBOX_LOAD_SECONDS'] ?? 40);
/** A box without a budget does not last as long. */
const KILLED_WITHIN_SECONDS = 60;
const ROUNDS = 6;
const JOBS = ['first', 'second', 'third', 'fourth'];
const RECORDS = 24;
const STEPS = ['plan', 'shard', 'combine'];

test(
  'with 64 clients at each step all jobs are done, and no step is killed',
  () =>
    withSteps(STEPS, 'on', async ({ store, notices, stats, load, until }) => {
      const pictures = [await xray(256, 300), await xray(2544, 3056), await largeXray()];
      const jobs = await submitAll(store, pictures);
      const planned = await load(jobs.flatMap(planningAsks), SECONDS / 4);
      await Promise.all(jobs.map(({ job }) => until(job, ({ state }) => state !== 'planning')));
      const made = await load(jobs.flatMap(shardAsks), SECONDS);
      await Promise.all(jobs.map(({ job }) => until(job, ({ stage }) => stage === 'combine')));
      const combined = await load(jobs.flatMap(combineAsks), SECONDS / 4);
      const states = await Promise.all(jobs.map(({ job }) => until(job, isOver)));
      if (process.env['PILLBOX_TEST_FIGURES'] === '1') console.table(stats());
      expect({ wrong: [...planned.wrong, ...made.wrong, ...combined.wrong], states, notices }).toEqual({
        wrong: [],
        states: JOBS.map(() => 'done'),
        notices: [],
      });
      expect(stats().map(({ kills }) => kills)).toEqual([0, 0, 0]);
      expect(Math.min(...[planned, made, combined].map(answeredIn))).toBeGreaterThan(0);
    }),
  (4 * SECONDS + 180) * 1000,
);

test(
  'without its budget the shard step is killed by as many',
  () =>
    withSteps(STEPS, 'off', async ({ store, stats, load, until }) => {
      const killed = (): boolean => stats().some((box) => box.function === 'shard' && box.kills > 0);
      const picture = await longXray();
      // Anew, should the queue have had most of them made before the clients came.
      for (let round = 0; round < ROUNDS && !killed(); round += 1) {
        const jobs = await submitAll(store, [picture], `-${round}`);
        await Promise.all(jobs.map(({ job }) => until(job, ({ state }) => state !== 'planning')));
        await load(jobs.flatMap(shardAsks), KILLED_WITHIN_SECONDS / ROUNDS, () => !killed());
      }
      if (process.env['PILLBOX_TEST_FIGURES'] === '1') console.table(stats());
      expect(killed()).toBe(true);
    }),
  (KILLED_WITHIN_SECONDS + 120) * 1000,
);

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
  taskAsk(planTask(job)),
  taskAsk(planTask(job), 'trickled'),
  taskAsk(planTask(job), 'cut'),
];

const shardAsks = (job: JobRef): LoadAsk[] =>
  Array.from({ length: RECORDS }, (_, shard) => taskAsk(shardTask({ ...job, shard }), mannerOf(shard)));

const combineAsks = (job: JobRef): LoadAsk[] => [
  taskAsk(sweepTask({ ...job, round: 0, markers: 0, stalled: 0 }, Date.now())),
  taskAsk(startTask({ ...job, round: 0 })),
  taskAsk(startTask({ ...job, round: 0 }), 'trickled'),
  taskAsk(startTask({ ...job, round: 0 }), 'cut'),
];
