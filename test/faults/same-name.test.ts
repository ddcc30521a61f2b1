/** Two jobs of one name, submitted as users do: one of them is taken, and the other is told why it is not. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type Ended, runPillbox } from '../../infra/cli/run-pillbox.fixture.ts';
import { readProgress } from '../../shared/pipeline/progress.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { startKilledRun } from '../fixtures/pipeline/killed-run.ts';
import { createPipelineRun } from '../fixtures/pipeline/pipeline-run.ts';
import { listNames, readBytes, readOutputs } from '../fixtures/pipeline/read-outputs.ts';
import { FOLDER, writeSampleJob } from '../fixtures/pipeline/sample-job.ts';

// More than all that a test here waits for.
vi.setConfig({ testTimeout: 180_000 });

const RECORDS = 6;
const options = { shardRecords: 2, partsPerTar: 3, image: { size: 16, mask: false }, note: { passages: 0 } };
const SEEDS = ['first', 'second'] as const;

/** Outputs of the job by its seed. */
const undisturbed: Record<string, Record<string, string>> = {};

beforeAll(async () => {
  for (const seed of SEEDS) {
    const { store, announce, drive } = createPipelineRun();
    await writeSampleJob(store, { records: RECORDS, options: { ...options, seed } });
    await announce('demo');
    await drive();
    undisturbed[seed] = await readOutputs(store);
  }
  expect(undisturbed['first']).not.toEqual(undisturbed['second']);
});

const TAKEN = 'pillbox: a job of the name demo exists: choose another "id"\n';

test('at the same moment: one is taken, the other refused, and the outputs are those of the one', async () => {
  const { store, submit, comeToWork } = await begin();
  const ended = await Promise.all(SEEDS.map(submit));
  expect(ended.map(({ code }) => code).sort()).toEqual([0, 1]);
  expect(ended.find(({ code }) => code === 1)?.stderr).toBe(TAKEN);
  comeToWork();
  await untilDone(store);
  const taken = SEEDS[ended.findIndex(({ code }) => code === 0)] ?? '';
  expect(await readOutputs(store)).toEqual(undisturbed[taken]);
});

test('one after the other: refused while the first waits, runs, and is done, and nothing of it is changed', async () => {
  const { store, submit, comeToWork } = await begin();
  expect(await submit('first')).toMatchObject({ code: 0, stderr: '' });
  expect(await submit('second')).toMatchObject({ code: 1, stderr: TAKEN });
  comeToWork();
  expect(await submit('second')).toMatchObject({ code: 1, stderr: TAKEN });
  await untilDone(store);
  expect(await submit('second')).toMatchObject({ code: 1, stderr: TAKEN });
  expect(await readOutputs(store)).toEqual(undisturbed['first']);
});

test('the first deleted: refused until all of it is gone, then taken, and its outputs are its own', async () => {
  const { store, submit, comeToWork } = await begin();
  await submit('first');
  comeToWork();
  await untilDone(store);
  await store.delete('jobs/demo/job.json');
  const refused = await submit('second');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('is left of an earlier job of this name: delete gs://pillbox/jobs/demo/');
  for (const name of await listNames(store, 'jobs/demo/')) await store.delete(name);
  expect(await submit('second')).toMatchObject({ code: 0, stderr: '' });
  await untilDone(store);
  expect(await readOutputs(store)).toEqual(undisturbed['second']);
});

interface Begun {
  readonly store: ObjectStore;
  /** Until then no box takes a task. */
  comeToWork(): void;
  submit(seed: string): Promise<Ended>;
}

/** A cloud of its own with the inputs, and no job. */
async function begin(): Promise<Begun> {
  const { cloud, comeToWork } = await startKilledRun([], { areBoxesAway: true });
  const { store: inputs } = createPipelineRun();
  await writeSampleJob(inputs, { records: RECORDS });
  for (const name of await listNames(inputs, FOLDER)) {
    await cloud.store.create(name, await readBytes(inputs, name));
  }
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-same-name-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  async function submit(seed: string): Promise<Ended> {
    const file = join(dir, `${seed}.json`);
    await writeFile(
      file,
      JSON.stringify({ id: 'demo', manifest: `${FOLDER}manifest.jsonl`, seed, ...options }),
    );
    return runPillbox(['submit', file, '--endpoint', cloud.origin]);
  }
  return { store: cloud.store, comeToWork, submit };
}

async function untilDone(store: ObjectStore): Promise<void> {
  const state = async () => (await readProgress(store, 'demo')).state;
  await expect.poll(state, { timeout: 50_000, interval: 50 }).toBe('done');
}
