/** submit, status, jobs, cancel and resume as a user types them, against a Pillbox with its boxes. */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readProgress } from '../../../shared/pipeline/progress.ts';
import { openGoogleStore } from '../../../shared/storage/google-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { readBytes } from '../../../test/fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../../../test/fixtures/pipeline/sample-job.ts';
import { type LocalPillbox, startLocalPillbox } from '../../local/local-pillbox.ts';
import { ROOT } from '../find-function.ts';
import { runPillbox, spawnPillbox } from '../run-pillbox.fixture.ts';

/** Enough that a job is still going when its first records have been seen to be made. */
const RECORDS = 48;
const MANIFEST = 'data/demo/manifest.jsonl';
const FLAGS = ['--image-size', '64', '--shard-records', '1', '--parts-per-tar', '8', '--seed', 'e2e'];
const options = { image: { size: 64 }, shardRecords: 1, partsPerTar: 8, seed: 'e2e' };

let dir = '';
let here: LocalPillbox;
let store: ObjectStore;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-jobs-'));
  here = await startLocalPillbox({ root: ROOT, dir, edgePort: 0, onLine: () => {}, onNotice: () => {} });
  store = openGoogleStore({ endpoint: here.cloud, projectId: 'test' })(here.bucket);
  // Its job, "demo", is the one that nothing disturbs.
  await writeSampleJob(store, { records: RECORDS, options });
  const ended = await pillbox('status', 'demo', '--watch');
  expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: '' });
}, 240_000);
afterAll(async () => {
  await here?.stop();
  await rm(dir, { recursive: true, force: true });
});

const pillbox = (...args: string[]) => runPillbox([...args, '--data', dir]);

/** Lets no further shard begin, or lets them go on: a command takes longer to start than a small job to end. */
async function shards(verb: 'pause' | 'resume'): Promise<void> {
  const queue = 'projects/pillbox-local/locations/us-central1/queues/shard';
  const { status } = await fetch(`${here.cloud}/v2/${queue}:${verb}`, { method: 'POST' });
  expect(status).toBe(200);
}

async function tarsOf(job: string): Promise<Record<string, Buffer>> {
  const tars: Record<string, Buffer> = {};
  for await (const { name } of store.list(`jobs/${job}/out/`)) {
    if (name.endsWith('.tar')) tars[name.slice(name.lastIndexOf('/') + 1)] = await readBytes(store, name);
  }
  return tars;
}

test('cancelled among the shards, the job stops; resumed, its tars are those of the undisturbed one', async () => {
  const submitted = await pillbox('submit', '--id', 'second', '--manifest', MANIFEST, ...FLAGS);
  expect(submitted).toMatchObject({ code: 0, stderr: '' });
  await expect
    .poll(async () => (await readProgress(store, 'second')).recordsDone, { timeout: 60_000 })
    .toBeGreaterThan(0);
  await shards('pause');
  const cancelled = await pillbox('cancel', 'second');
  expect(cancelled).toMatchObject({ code: 0, stderr: '' });
  expect(cancelled.stdout).toMatch(/^cancelled second: \d+ of 48 records are made\n/);
  expect((await pillbox('cancel', 'second')).stdout).toBe('second is cancelled already\n');

  const status = await pillbox('status', 'second');
  expect(status).toMatchObject({ code: 1, stderr: 'pillbox: the job second was cancelled\n' });
  expect(status.stdout).toMatch(/^state +cancelled$/m);
  expect(status.stdout).toMatch(/^shard +\d+% +\d+ of 48 records( +peak \d+ of 256 MiB)?$/m);

  await shards('resume');
  const resumed = await pillbox('resume', 'second', '--watch');
  expect(resumed, resumed.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(resumed.stdout).toMatch(/^resumed second: \d+ of 48 records are there\n/);
  expect(resumed.stdout).toMatch(
    /\ndone: 48 records, 0 left out, in \d+ tars.*\npeak memory: .*shard \d+.* MiB\n$/,
  );
  expect(await tarsOf('second')).toEqual(await tarsOf('demo'));
  expect(await pillbox('resume', 'second')).toEqual({
    code: 0,
    stdout: 'second is done: there is nothing to do\n',
    stderr: '',
  });
  expect(await pillbox('cancel', 'second')).toMatchObject({
    code: 1,
    stderr: 'pillbox: the job second is done already\n',
  });
});

test('cancelled before its records are counted, it goes on from there', async () => {
  await pillbox('submit', '--id', 'third', '--manifest', MANIFEST, ...FLAGS);
  const cancelled = await pillbox('cancel', 'third');
  expect(cancelled.code).toBe(0);
  const resumed = await pillbox('resume', 'third', '--watch');
  expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
  expect(await tarsOf('third')).toEqual(await tarsOf('demo'));
});

test('jobs lists them, the newest first', async () => {
  const table = (await pillbox('jobs')).stdout.trimEnd().split('\n');
  expect(table[0]).toMatch(/^JOB +STATE +STAGE +RECORDS +LEFT OUT +SUBMITTED$/);
  expect(table.at(-1)).toMatch(/^demo +done +48 of 48 +0 +\d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
  const one = await pillbox('jobs', '--json', '-n', '1');
  expect(JSON.parse(one.stdout)).toMatchObject({ job: expect.any(String), state: 'done', records: RECORDS });
  if (table.length > 2) expect(one.stderr).toContain('the newest 1 of ');
});

test('Ctrl-C ends a watch at once with 130; the job goes on', async () => {
  await pillbox('submit', '--id', 'fourth', '--manifest', MANIFEST, ...FLAGS);
  const child = spawnPillbox(['status', 'fourth', '--watch', '--data', dir]);
  const said = text(child.stdout);
  await once(child.stdout, 'readable');
  const askedMs = performance.now();
  child.kill('SIGINT');
  await once(child, 'close');
  expect(performance.now() - askedMs).toBeLessThan(6_000);
  expect(child.exitCode).toBe(130);
  expect(await said).not.toContain('\u001b');
  expect((await pillbox('status', 'fourth', '--watch')).code).toBe(0);
});

test('what is not there: exit code 3; where tasks cannot be sent, the variable that is missing', async () => {
  for (const command of ['cancel', 'resume', 'status']) {
    const { code, stderr } = await pillbox(command, 'none');
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: 'pillbox: there is no job none: "pillbox jobs" lists what there is\n',
    });
  }
  const files = ['--manifest', 'none.jsonl', '--tokenizer', 'gs://pillbox/none.json'];
  const missing = await pillbox('submit', '--id', 'fifth', ...files);
  expect(missing.code).toBe(3);
  expect(missing.stderr).toContain('there is no manifest gs://pillbox/none.jsonl; ');
  expect(missing.stderr).toContain('there is no tokens.tokenizer gs://pillbox/none.json: ');
  await store.create('jobs/sixth/job.json', '{"id":"sixth"}');
  await expect
    .poll(async () => (await readProgress(store, 'sixth')).state, { timeout: 60_000 })
    .toBe('failed');
  const elsewhere = await runPillbox(['resume', 'sixth', '--endpoint', here.cloud, '--data', '/nowhere']);
  expect(elsewhere.code).toBe(2);
  expect(elsewhere.stderr).toContain('set the variable PILLBOX_BOX_URL');
  expect((await readProgress(store, 'sixth')).state).toBe('failed');
});
