import { expect, test } from 'vitest';
import { createMemoryQueue } from '../../shared/tasks/memory-task-queue.ts';
import { createPipelineRun, type PipelineRun } from '../../test/fixtures/pipeline/pipeline-run.ts';
import {
  generationOf,
  listNames,
  readBytes,
  readMetadata,
  workFolder,
} from '../../test/fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../../test/fixtures/pipeline/sample-job.ts';
import { createApp } from './app.ts';

const finalized = 'google.cloud.storage.object.v1.finalized';

async function failureOf({
  store,
}: PipelineRun): Promise<{ code: string; message: string; fields: unknown[] }> {
  return JSON.parse(String(await readBytes(store, 'jobs/demo/failed/plan.json')));
}

test('the event is answered at once, before anything is read, and leaves one task', async () => {
  const queue = createMemoryQueue();
  const app = createApp({
    openStore: () => expect.fail('opened'),
    queue,
    codeVersion: 'test',
    log: () => {},
  });
  const name = 'jobs/demo/job.json';
  const headers = {
    'content-type': 'application/json',
    'ce-type': finalized,
    'ce-subject': `objects/${name}`,
  };
  const body = JSON.stringify({ bucket: 'pillbox', name, generation: '7' });
  for (let copy = 0; copy < 3; copy++) {
    expect((await app.request('/events/storage', { method: 'POST', headers, body })).status).toBe(204);
  }
  const task = { bucket: 'pillbox', job: 'demo', generation: '7' };
  expect(queue.tasks).toEqual([{ box: 'plan', path: '/plans', key: 'demo@7/plan', body: task }]);
});

test('a new job is planned: counted, indexed, pinned, and sent out', async () => {
  const run = createPipelineRun();
  await writeSampleJob(run.store, { records: 10, options: { shardRecords: 4 } });
  await run.plan('demo');
  const manifest = await run.store.stat('data/demo/manifest.jsonl');
  const plan = JSON.parse(String(await readBytes(run.store, `${await workFolder(run.store)}plan.json`)));
  expect(plan).toMatchObject({
    records: 10,
    shards: 3,
    codeVersion: 'test',
    jobGeneration: await generationOf(run.store),
    manifest: { bucket: 'pillbox', generation: manifest?.generation, crc32c: manifest?.crc32c },
  });
  expect((await run.store.stat(plan.index.name))?.sizeBytes).toBe(160);
  expect(run.waiting().map(({ path }) => path)).toEqual(['/sweep', '/shards', '/shards', '/shards']);
});

test('the task a second time makes no second plan, and the first code version stays', async () => {
  const run = createPipelineRun();
  await writeSampleJob(run.store, { records: 4 });
  await run.plan('demo');
  const name = `${await workFolder(run.store)}plan.json`;
  const plan = await run.store.stat(name);
  expect(plan).toBeDefined();
  const [task] = run.delivered;
  if (task !== undefined) await run.deliver(task);
  expect(await run.store.stat(name)).toEqual(plan);
});

test.each([
  ['another type', { 'ce-type': 'google.cloud.storage.object.v1.deleted' }, {}],
  ['another object', {}, { name: 'jobs/demo/plan.json' }],
  ['a folder too deep', {}, { name: 'jobs/a/b/job.json' }],
  ['a subject that is not the object', { 'ce-subject': 'objects/jobs/other/job.json' }, {}],
  ['no generation', {}, { generation: undefined }],
])('an event of %s is answered 204 and touches nothing', async (_, headers, object) => {
  const app = createApp({
    openStore: () => expect.fail('opened'),
    queue: { enqueue: () => expect.fail('enqueued') },
    codeVersion: 'test',
    log: () => {},
  });
  const body = { bucket: 'pillbox', name: 'jobs/demo/job.json', generation: '1', ...object };
  const answer = await app.request('/events/storage', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-type': finalized,
      'ce-subject': `objects/${body.name}`,
      ...headers,
    },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(204);
});

test('a body that is no JSON is answered 204 too', async () => {
  const app = createApp({
    openStore: () => expect.fail('opened'),
    queue: { enqueue: () => expect.fail('enqueued') },
    codeVersion: 'test',
    log: () => {},
  });
  const headers = { 'content-type': 'application/json', 'ce-type': finalized };
  const answer = await app.request('/events/storage', { method: 'POST', headers, body: '{' });
  expect(answer.status).toBe(204);
});

test.each([
  ['job-invalid', '{"id": "demo", "manifest": "m.jsonl", "shardRecords": 0}', undefined],
  ['job-invalid', '{"id": "other", "manifest": "m.jsonl"}', undefined],
  ['job-invalid', `{"id": "demo", "manifest": "m.jsonl", "seed": "${'x'.repeat(70_000)}"}`, undefined],
  ['manifest-missing', '{"id": "demo", "manifest": "m.jsonl"}', undefined],
  ['manifest-empty', '{"id": "demo", "manifest": "m.jsonl"}', '\n \n'],
])('%s fails the job for good, and says so in the bucket', async (code, job, manifest) => {
  const run = createPipelineRun();
  if (manifest !== undefined) await run.store.create('m.jsonl', manifest);
  await run.store.create('jobs/demo/job.json', job);
  await run.plan('demo');
  expect(await failureOf(run)).toMatchObject({ task: 'plan', code });
  expect(await run.store.stat(`${await workFolder(run.store)}plan.json`)).toBeUndefined();
  expect(run.waiting()).toEqual([]);
});

test('a folder whose name cannot be that of a job fails with a reason', async () => {
  const run = createPipelineRun();
  await run.store.create('jobs/No Job/job.json', '{"id": "No Job", "manifest": "m.jsonl"}');
  await run.plan('No Job');
  const failure = JSON.parse(String(await readBytes(run.store, 'jobs/No Job/failed/plan.json')));
  expect(failure).toMatchObject({ code: 'job-invalid' });
});

test('a job.json written anew over a running job is a job of its own', async () => {
  const run = createPipelineRun();
  const job = await writeSampleJob(run.store, { records: 4, options: { image: { size: 16 } } });
  await run.plan('demo');
  await run.store.create('jobs/demo/job.json', JSON.stringify({ ...job, seed: 'new' }));
  await run.announce('demo');
  await run.drive();
  expect(await readMetadata(run.store)).toMatchObject({ records: 4, options: { seed: 'new' } });
});

test.each(['out/metadata.json', 'out/train-00000.tar', 'failed/plan.json'])(
  'a job is refused, not mixed with or taken for an earlier one whose %s is still there',
  async (file) => {
    const run = createPipelineRun();
    const job = await writeSampleJob(run.store, { records: 4, options: { image: { size: 16 } } });
    const earlier = { generation: '1', task: 'plan', code: 'x', message: '', fields: [] };
    await run.store.create(`jobs/demo/${file}`, JSON.stringify(earlier));
    await run.store.create('jobs/demo/job.json', JSON.stringify({ ...job, seed: 'new' }));
    await run.plan('demo');
    const failure = await failureOf(run);
    expect(failure).toMatchObject({ code: 'outputs-exist' });
    expect(failure.message).toContain(`gs://pillbox/jobs/demo/${file} is left`);
    expect(failure.message).toContain('delete gs://pillbox/jobs/demo/');
    expect(run.waiting()).toEqual([]);
  },
);

test('planning that comes again when outputs are there already finds them its own', async () => {
  const run = createPipelineRun();
  await writeSampleJob(run.store, { records: 4, options: { image: { size: 16 } } });
  await run.announce('demo');
  await run.drive({ lose: ({ path }) => path === '/finish' });
  const [task] = run.delivered;
  if (task !== undefined) await run.deliver(task);
  expect(task?.path).toBe('/plans');
  expect(await listNames(run.store, 'jobs/demo/out/')).not.toEqual([]);
  expect(await listNames(run.store, 'jobs/demo/failed/')).toEqual([]);
});

test('a job that was deleted before it was planned is nothing to do', async () => {
  const run = createPipelineRun();
  await run.plan('demo');
  expect(await listNames(run.store, '')).toEqual([]);
});

test('tasks of a deleted job end, and its sweeps with them', async () => {
  const run = createPipelineRun();
  await writeSampleJob(run.store, { records: 4 });
  await run.plan('demo');
  for (const name of await listNames(run.store, 'jobs/')) await run.store.delete(name);
  await run.drive();
  expect(await run.sweep()).toBe(true);
  expect(await run.sweep()).toBe(false);
  expect(await listNames(run.store, 'jobs/')).toEqual([]);
});
