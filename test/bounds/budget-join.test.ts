/**
 * The join step with 64 clients at once, beside the queue's own deliveries: all tables are joined, and it is not killed. It is
 * not killed without its budget either: where partitions are as small as these, 64 clients and 16 jobs brought it to 185 MiB.
 */

import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uploadFolder } from '../../infra/cli/demo/upload.ts';
import { withTemporaryFolder } from '../../infra/cli/temporary-folder.ts';
import { writeTables } from '../../infra/sample/tables/write-tables.ts';
import { type JoinPlan, readJoinPlan } from '../../shared/pipeline/join-plan.ts';
import { jobName } from '../../shared/pipeline/object-names.ts';
import type { Progress } from '../../shared/pipeline/progress.ts';
import { type JobRef, joinTask, partitionTask, scanTask } from '../../shared/pipeline/stage-tasks.ts';
import { answeredIn } from '../fixtures/load/run-load.ts';
import { BUCKET, mannerOf, type StepsUnderLoad, taskAsk, withSteps } from '../fixtures/load/steps.ts';
import { readBytes } from '../fixtures/pipeline/read-outputs.ts';

const SECONDS = Number(process.env['PILLBOX_LOAD_SECONDS'] ?? 20);
const STEPS = ['join', 'plan'];
const JOBS = 4;
/** Their tables come to several partitions, each as full as one of MIMIC's. */
const RECORDS = 5_000;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pillbox-tables-'));
  await writeTables({ dir: join(folder, 'tables'), records: RECORDS, seed: 'load', images: 'none' });
});
afterAll(() => withTemporaryFolder(folder, async () => {}));

test(
  'with 64 clients at each of its tasks all jobs are joined, and it is not killed',
  () =>
    withSteps(STEPS, 'on', async (steps) => {
      const jobs = await submitAll(steps);
      const { scans, partitions } = await planOf(steps, jobs[0]);
      const scanned = await steps.load(jobs.flatMap(scanAsks(scans.length)), SECONDS / 2);
      await Promise.all(jobs.map(({ job }) => steps.until(job, isCut)));
      const joined = await steps.load(jobs.flatMap(partitionAsks(partitions)), SECONDS);
      await Promise.all(jobs.map(({ job }) => steps.until(job, isJoined)));
      const ended = await steps.load(
        jobs.map((job) => taskAsk(joinTask(job))),
        1,
      );
      const [box] = steps.stats();
      if (process.env['PILLBOX_TEST_FIGURES'] === '1') console.table(steps.stats());
      expect([...scanned.wrong, ...joined.wrong, ...ended.wrong]).toEqual([]);
      expect({ kills: box?.kills, notices: steps.notices }).toEqual({ kills: 0, notices: [] });
      expect(Math.min(...[scanned, joined, ended].map(answeredIn))).toBeGreaterThan(0);
      expect(await Promise.all(jobs.map((job) => matchedOf(steps, job)))).toEqual(Array(JOBS).fill(RECORDS));
    }),
  (4 * SECONDS + 180) * 1000,
);

async function submitAll({ store, until }: StepsUnderLoad): Promise<JobRef[]> {
  await uploadFolder(store, join(folder, 'tables'), { bucket: '', prefix: 'data/tables/' }, () => {});
  const document = JSON.parse(await readFile(join(folder, 'tables', 'job.json'), 'utf8'));
  const jobs = await Promise.all(
    Array.from({ length: JOBS }, async (_, at) => {
      const job = `job-${at}`;
      const text = JSON.stringify({ ...document, id: job });
      const { generation } = await store.create(jobName(job), text, { contentType: 'application/json' });
      return { bucket: BUCKET, job, generation };
    }),
  );
  await Promise.all(jobs.map(({ job }) => until(job, ({ join: progress }) => progress !== undefined)));
  return jobs;
}

async function planOf({ store }: StepsUnderLoad, ref: JobRef | undefined): Promise<JoinPlan> {
  const plan = ref && (await readJoinPlan(store, ref));
  if (plan === undefined) throw new Error('the join was not planned');
  return plan;
}

const scanAsks = (scans: number) => (job: JobRef) =>
  Array.from({ length: scans }, (_, scan) => taskAsk(scanTask({ ...job, scan }), mannerOf(scan)));

const partitionAsks = (partitions: number) => (job: JobRef) =>
  Array.from({ length: partitions }, (_, partition) =>
    taskAsk(partitionTask({ ...job, partition }), mannerOf(partition)),
  );

const isCut = ({ join: joined }: Progress): boolean => joined?.step !== 'scan';
const isJoined = ({ join: joined }: Progress): boolean => joined?.step === 'done';

async function matchedOf({ store }: StepsUnderLoad, { job }: JobRef): Promise<unknown> {
  const report = JSON.parse(String(await readBytes(store, `jobs/${job}/out/join.json`)));
  return report.matched.count;
}
