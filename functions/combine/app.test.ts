import { expect, test } from 'vitest';
import type { Task } from '../../shared/tasks/task-queue.ts';
import { createPipelineRun, type PipelineRun } from '../../test/fixtures/pipeline/pipeline-run.ts';
import {
  generationOf,
  listNames,
  listRecordsLeft,
  readBytes,
  workFolder,
} from '../../test/fixtures/pipeline/read-outputs.ts';
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
  await run.plan('demo');
  const generation = await generationOf(run.store);
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
  const [part] = await listNames(run.store, `${await workFolder(run.store)}parts/train/`);
  await run.store.delete(part ?? '');
  await run.deliver(start);
  await run.drive();
  const [failed = ''] = await listNames(run.store, 'jobs/demo/failed/');
  expect(failed).toMatch(/tar-\d+\.json$/);
  expect(JSON.parse(String(await readBytes(run.store, failed)))).toMatchObject({ code: 'part-missing' });
  expect(await run.store.stat('jobs/demo/out/metadata.json')).toBeUndefined();
});

test('an output of an earlier job of this name is not taken for one of this', async () => {
  const { run, start } = await beginCombine();
  await run.store.create('jobs/demo/out/train-00000.tar', 'something else');
  await run.deliver(start);
  await run.drive();
  const failure = JSON.parse(String(await readBytes(run.store, 'jobs/demo/failed/tar-0.json')));
  expect(failure).toMatchObject({ code: 'outputs-exist' });
});

test('a metadata.json of an earlier job does not pass for the end of this one', async () => {
  const { run, start } = await beginCombine();
  await run.store.create('jobs/demo/out/metadata.json', '{}');
  await run.deliver(start);
  await run.drive();
  const failure = JSON.parse(String(await readBytes(run.store, 'jobs/demo/failed/finish.json')));
  expect(failure).toMatchObject({ code: 'outputs-exist' });
  expect(failure.message).toContain('delete jobs/demo/');
});

test('a job that is deleted directly before a tar is joined gets no output', async () => {
  let armed = false;
  const run = createPipelineRun({
    wrapStore: (store, box) =>
      box !== 'combine'
        ? store
        : {
            ...store,
            create: async (name, body, options) => {
              if (armed && name.endsWith('/end-of-archive')) await store.delete('jobs/demo/job.json');
              return store.create(name, body, options);
            },
          },
  });
  await writeSampleJob(run.store, sample);
  await run.announce('demo');
  armed = true;
  await run.drive();
  expect(await run.store.stat('jobs/demo/job.json')).toBeUndefined();
  expect(await listNames(run.store, 'jobs/demo/out/')).toEqual([]);
  expect(await listNames(run.store, 'jobs/demo/failed/')).toEqual([]);
});

test('records that no marker names are gone when the job is done', async () => {
  const { run, start } = await beginCombine();
  const work = await workFolder(run.store);
  await run.store.create(`${work}parts/train/00000000-older`, 'of a worker that died');
  await run.store.create(`${work}compose/train-00099.tar/0-00000000`, 'of a worker that died');
  await run.deliver(start);
  await run.drive();
  expect(await listNames(run.store, 'jobs/demo/out/')).toContain('jobs/demo/out/metadata.json');
  expect(await listRecordsLeft(run.store)).toEqual([]);
});

test('a server that joins wrongly is found out', async () => {
  const run = createPipelineRun({
    wrapStore: (store) => ({
      ...store,
      compose: (name, sources, options) => store.compose(name, sources.toReversed(), options),
    }),
  });
  await writeSampleJob(run.store, sample);
  await run.announce('demo');
  await run.drive();
  const [failed = ''] = await listNames(run.store, 'jobs/demo/failed/');
  expect(JSON.parse(String(await readBytes(run.store, failed)))).toMatchObject({ code: 'part-differs' });
  expect(await run.store.stat('jobs/demo/out/metadata.json')).toBeUndefined();
});
