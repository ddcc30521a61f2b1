import { expect, test } from 'vitest';
import type { Task } from '../../shared/tasks/task-queue.ts';
import { createPipelineRun, type PipelineRun } from '../../test/fixtures/pipeline/pipeline-run.ts';
import { listNames, readBytes } from '../../test/fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../../test/fixtures/pipeline/sample-job.ts';

const sample = { records: 12, options: { shardRecords: 3, partsPerTar: 2, image: { size: 16 } } };

/** A job whose shards are made; the tasks after that are held back. */
async function beginCombine(): Promise<{ run: PipelineRun; start: Task }> {
  const run = createPipelineRun();
  await writeSampleJob(run.store, sample);
  await run.announce('demo');
  const held: Task[] = [];
  await run.drive({ lose: (task) => task.box === 'combine' && held.push(task) > 0 });
  const [start] = held;
  if (start === undefined) throw new Error('combine was not started');
  return { run, start };
}

test('a start that comes before the last shard is sent again later', async () => {
  const run = createPipelineRun();
  await writeSampleJob(run.store, sample);
  await run.announce('demo');
  const generation = (await run.store.stat('jobs/demo/job.json'))?.generation ?? '';
  const ref = { bucket: 'pillbox', job: 'demo', generation };
  expect((await run.deliver({ box: 'combine', path: '/start', body: { ...ref, round: 0 } })).status).toBe(
    500,
  );
  expect((await run.deliver({ box: 'combine', path: '/finish', body: ref })).status).toBe(500);
  expect(await listNames(run.store, 'jobs/demo/out/')).toEqual([]);
});

test('there is a task for each tar, and each pulls its parts together', async () => {
  const { run, start } = await beginCombine();
  await run.deliver(start);
  await run.drive();
  const tars = run.delivered.filter(({ path }) => path === '/tars').length;
  const names = await listNames(run.store, 'jobs/demo/out/');
  expect(names.filter((name) => name.endsWith('.tar'))).toHaveLength(tars);
  expect(tars).toBeGreaterThan(2);
});

test('a part that somebody deleted fails the job for good', async () => {
  const { run, start } = await beginCombine();
  const [part] = await listNames(run.store, 'jobs/demo/work/parts/train/');
  await run.store.delete(part ?? '');
  await run.deliver(start);
  await run.drive();
  const [failed = ''] = await listNames(run.store, 'jobs/demo/failed/');
  expect(failed).toMatch(/tar-\d+\.json$/);
  expect(JSON.parse(String(await readBytes(run.store, failed)))).toMatchObject({ code: 'part-missing' });
  expect(await run.store.stat('jobs/demo/out/metadata.json')).toBeUndefined();
});

test('a foreign object in the place of an output is not taken for one', async () => {
  const { run, start } = await beginCombine();
  await run.store.create('jobs/demo/out/train-00000.tar', 'something else');
  await run.deliver(start);
  await run.drive();
  const failure = JSON.parse(String(await readBytes(run.store, 'jobs/demo/failed/tar-0.json')));
  expect(failure).toMatchObject({ code: 'part-differs' });
});
