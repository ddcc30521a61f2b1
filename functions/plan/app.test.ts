import { expect, test } from 'vitest';
import { createPipelineRun, type PipelineRun } from '../../test/fixtures/pipeline/pipeline-run.ts';
import { listNames, readBytes } from '../../test/fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../../test/fixtures/pipeline/sample-job.ts';
import { createApp } from './app.ts';

const finalized = 'google.cloud.storage.object.v1.finalized';

async function failureOf({
  store,
}: PipelineRun): Promise<{ code: string; message: string; fields: unknown[] }> {
  return JSON.parse(String(await readBytes(store, 'jobs/demo/failed/plan.json')));
}

test('a new job is planned: counted, indexed, pinned, and sent out', async () => {
  const run = createPipelineRun();
  await writeSampleJob(run.store, { records: 10, options: { shardRecords: 4 } });
  const answer = await run.announce('demo');
  expect(await answer.json()).toEqual({ outcome: 'planned' });
  const manifest = await run.store.stat('data/demo/manifest.jsonl');
  const plan = JSON.parse(String(await readBytes(run.store, 'jobs/demo/plan.json')));
  expect(plan).toMatchObject({
    records: 10,
    shards: 3,
    codeVersion: 'test',
    jobGeneration: (await run.store.stat('jobs/demo/job.json'))?.generation,
    manifest: { bucket: 'pillbox', generation: manifest?.generation, crc32c: manifest?.crc32c },
  });
  expect((await run.store.stat(plan.index.name))?.sizeBytes).toBe(160);
});

test('the event a second time makes no second plan, and the first code version stays', async () => {
  const run = createPipelineRun();
  await writeSampleJob(run.store, { records: 4 });
  await run.announce('demo');
  const plan = await run.store.stat('jobs/demo/plan.json');
  await run.announce('demo');
  expect(await run.store.stat('jobs/demo/plan.json')).toEqual(plan);
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
  expect((await run.announce('demo')).status).toBe(200);
  expect(await failureOf(run)).toMatchObject({ task: 'plan', code });
  expect(await run.store.stat('jobs/demo/plan.json')).toBeUndefined();
  expect(await (await run.announce('demo')).json()).toEqual({ outcome: 'ended' });
});

test('a job.json written anew over an old plan is refused, not mixed with it', async () => {
  const run = createPipelineRun();
  await writeSampleJob(run.store, { records: 4 });
  await run.announce('demo');
  await run.store.create('jobs/demo/job.json', '{"id": "demo", "manifest": "data/demo/manifest.jsonl"}');
  await run.announce('demo');
  expect(await failureOf(run)).toMatchObject({ code: 'job-exists' });
});

test('a job that was deleted before its event came is nothing to do', async () => {
  const run = createPipelineRun();
  expect(await (await run.announce('demo')).json()).toEqual({ outcome: 'gone' });
  expect(await listNames(run.store, '')).toEqual([]);
});

test('tasks of a deleted job end, and its sweeps with them', async () => {
  const run = createPipelineRun();
  await writeSampleJob(run.store, { records: 4 });
  await run.announce('demo');
  for (const name of await listNames(run.store, 'jobs/')) await run.store.delete(name);
  await run.drive();
  expect(await run.sweep()).toBe(true);
  expect(await run.sweep()).toBe(false);
  expect(await listNames(run.store, 'jobs/')).toEqual([]);
});
