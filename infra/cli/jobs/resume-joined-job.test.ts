import sharp from 'sharp';
import { expect, test } from 'vitest';
import { parseJob } from '../../../shared/pipeline/job.ts';
import { recordCancellation } from '../../../shared/pipeline/job-failure.ts';
import { readProgress } from '../../../shared/pipeline/progress.ts';
import type { Task, TaskQueue } from '../../../shared/tasks/task-queue.ts';
import { createPipelineRun, type PipelineRun } from '../../../test/fixtures/pipeline/pipeline-run.ts';
import { generationOf, readOutputs } from '../../../test/fixtures/pipeline/read-outputs.ts';
import {
  COLUMNS,
  csvOf,
  FOLDER,
  type Row,
  TABLE_NAMES,
} from '../../../test/fixtures/tables/random-tables.ts';
import { predict } from '../plan/predict.ts';
import { resumeJob } from './resume-job.ts';

const SUBJECTS = 12;
const JOB = { id: 'demo', join: { tables: TABLE_NAMES }, shardRecords: 3, image: { size: 16, mask: false } };

/** One visit and one study each. */
function rowsOf(table: string, i: number): Row[] {
  const subject = { subject_id: String(10_000_032 + i) };
  const stay = { ...subject, stay_id: String(30_000_001 + i) };
  const study = { ...subject, study_id: String(50_000_001 + i) };
  const rows: Record<string, Row> = {
    patients: { ...subject, anchor_age: '60', anchor_year: '2178' },
    edstays: {
      ...stay,
      intime: '2180-05-06 10:00:00',
      outtime: '2180-05-06 20:00:00',
      gender: 'F',
      race: 'WHITE',
    },
    triage: { ...stay, sbp: '120', acuity: '3', chiefcomplaint: 'Cough' },
    chexpert: { ...study, Edema: '1.0' },
    split: { ...study, dicom_id: `aa-${i}`, split: 'train' },
    metadata: {
      ...study,
      dicom_id: `aa-${i}`,
      ViewPosition: 'PA',
      StudyDate: '21800506',
      StudyTime: '93000.5',
    },
  };
  const row = rows[table];
  return row === undefined ? [] : [row];
}

async function begin(): Promise<{ run: PipelineRun; queue: TaskQueue }> {
  let queue: TaskQueue | undefined;
  const run = createPipelineRun({
    wrapQueue: (inner) => {
      queue = inner;
      return inner;
    },
  });
  if (queue === undefined) throw new Error('the run has no queue');
  const all = Array.from({ length: SUBJECTS }, (_, i) => i);
  for (const [table, columns] of Object.entries(COLUMNS)) {
    await run.store.create(
      `${FOLDER}${table}.csv`,
      csvOf(
        all.flatMap((i) => rowsOf(table, i)),
        columns,
      ),
    );
  }
  for (const i of all) {
    const folder = `${FOLDER}files/p10/p${10_000_032 + i}/s${50_000_001 + i}`;
    const pixels = { raw: { width: 40, height: 40, channels: 1 } } as const;
    const image = await sharp(new Uint8Array(1600).fill(i * 9), pixels)
      .jpeg()
      .toBuffer();
    await run.store.create(`${folder}/aa-${i}.jpg`, image);
    await run.store.create(`${folder}.txt`, `FINDINGS: study ${i}.`);
  }
  const job = {
    id: 'demo',
    join: { tables: TABLE_NAMES },
    shardRecords: 3,
    image: { size: 16, mask: false },
  };
  await run.store.create('jobs/demo/job.json', JSON.stringify(job));
  return { run, queue };
}

/** Delivers the oldest task, and after `left` of them cancels the job; those that come then do nothing. */
async function driveUntilCancelled(run: PipelineRun, left: number): Promise<void> {
  const ref = { job: 'demo', generation: await generationOf(run.store) };
  let cancelled: Promise<void> | undefined;
  await run.drive({
    pick: () => {
      if (left-- === 0) cancelled = recordCancellation(run.store, ref);
      return 0;
    },
  });
  await (cancelled ?? recordCancellation(run.store, ref));
  await run.drive();
}

test('a joined job, cancelled after any number of tasks and resumed, has the same outputs to the byte', async () => {
  const whole = await begin();
  await whole.run.announce('demo');
  await whole.run.drive();
  const outputs = await readOutputs(whole.run.store);
  expect(Object.keys(outputs)).toContain('metadata.json');
  const paths = new Set(whole.run.delivered.map(({ path }: Task) => path));
  expect([...paths]).toEqual(expect.arrayContaining(['/plans', '/scans', '/partitions', '/shards', '/tars']));
  // The prediction holds for a join as well.
  const job = parseJob(JOB);
  const whatIf = { records: SUBJECTS, boxes: 1, memoryMiB: 256, recordSeconds: 1, partitions: 1, job };
  const tasksOf = (stage: string) => predict(whatIf).stages.find((one) => one.stage === stage)?.tasks;
  const seen = (box: string) => whole.run.delivered.filter((task) => task.box === box).length;
  expect([tasksOf('join'), tasksOf('plan')]).toEqual([seen('join'), seen('plan')]);
  const stages = new Set<string | undefined>();
  for (let after = 0; after < whole.run.delivered.length; after++) {
    const { run, queue } = await begin();
    await run.announce('demo');
    await driveUntilCancelled(run, after);
    const stopped = await readProgress(run.store, 'demo');
    stages.add(stopped.stage);
    const openQueue = async () => queue;
    await resumeJob(run.store, 'demo', { bucket: 'pillbox', openQueue, nowMs: 1e12 + after });
    await run.drive();
    expect((await readProgress(run.store, 'demo')).state, `after ${after} tasks`).toBe('done');
    expect(await readOutputs(run.store)).toEqual(outputs);
  }
  expect([...stages]).toEqual(expect.arrayContaining(['plan', 'join', 'shard', 'combine']));
});
