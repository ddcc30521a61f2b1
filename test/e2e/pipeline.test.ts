import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readProgress } from '../../shared/pipeline/progress.ts';
import { createPipelineRun, type PipelineRun } from '../fixtures/pipeline/pipeline-run.ts';
import {
  listNames,
  listRecordsLeft,
  readBytes,
  readMetadata,
  readOutputs,
  readSamples,
  type Sample,
  workFolder,
} from '../fixtures/pipeline/read-outputs.ts';
import {
  type Fault,
  imageName,
  reportOf,
  type SampleOptions,
  subjectOf,
  writeSampleJob,
} from '../fixtures/pipeline/sample-job.ts';

const faults: Record<number, Fault> = {
  4: 'image-corrupt',
  9: 'image-missing',
  17: 'line-not-json',
  23: 'line-invalid',
  30: 'image-name-invalid',
  38: 'line-too-long',
};
/** Six shards of six or seven records, three tar groups. */
const options = { shardRecords: 7, partsPerTar: 2, image: { size: 24 } };
const sample: SampleOptions = { records: 40, faults, options };

async function runJob(given: SampleOptions): Promise<PipelineRun> {
  const run = createPipelineRun();
  await writeSampleJob(run.store, given);
  await run.announce('demo');
  await run.drive();
  return run;
}

async function samplesOf({ store }: PipelineRun): Promise<Sample[]> {
  const tars = (await listNames(store, 'jobs/demo/out/')).filter((name) => name.endsWith('.tar'));
  const perTar = await Promise.all(
    tars.map(async (tar) => readSamples(tar.slice('jobs/demo/out/'.length), await readBytes(store, tar))),
  );
  return perTar.flat();
}

test('every good record ends in one split, with its image, its report and its facts', async () => {
  const run = await runJob(sample);
  const samples = await samplesOf(run);
  const found = samples.map(({ tar, key, files }) => {
    const facts = JSON.parse(String(files['json']));
    const record = facts.study_id - 50_000;
    // By what follows the key and a dot, up to the next one.
    expect(Object.keys(files)).toEqual(['png', 'mask', 'txt', 'clinical', 'missing', 'json']);
    expect(String(files['txt'])).toContain(reportOf(record));
    expect(facts).toMatchObject({
      subject_id: subjectOf(record),
      study_id: 50_000 + record,
      clinical: { heart_rate: 60 + record, pain: record % 3 === 0 ? null : 2.5 },
      original: { image: imageName(record), width: 48, height: 40 },
    });
    expect(files['png']?.readUInt32BE(16)).toBe(24);
    return { record, split: tar.split('-')[0], position: Number(key), subject: facts.subject_id };
  });

  const good = Array.from({ length: 40 }, (_, i) => i + 1).filter((record) => !(record in faults));
  expect(found.map(({ record }) => record).toSorted((a, b) => a - b)).toEqual(good);
  expect(new Set(found.map(({ position }) => position)).size).toBe(good.length);

  const splitsOfSubject = Map.groupBy(found, ({ subject }) => subject);
  for (const places of splitsOfSubject.values())
    expect(new Set(places.map(({ split }) => split)).size).toBe(1);

  const byPosition = found.toSorted((a, b) => a.position - b.position).map(({ record }) => record);
  expect(byPosition).not.toEqual(good);
});

test('the metadata counts everything, and names every output with its checksum', async () => {
  const run = await runJob(sample);
  const metadata = await readMetadata(run.store);
  const samples = await samplesOf(run);
  const { train, val, test } = metadata.splits;
  expect(metadata).toMatchObject({ records: 40, failed: 6 });
  expect(train + val + test).toBe(34);
  for (const split of ['train', 'val', 'test'] as const) {
    expect(samples.filter(({ tar }) => tar.startsWith(split))).toHaveLength(metadata.splits[split]);
  }
  for (const { name, sizeBytes, crc32c, records } of metadata.outputs) {
    expect(await run.store.stat(`jobs/demo/out/${name}`)).toMatchObject({ sizeBytes, crc32c });
    if (name.endsWith('.tar')) expect(samples.filter(({ tar }) => tar === name)).toHaveLength(records);
  }
  const names = metadata.outputs.map(({ name }) => name);
  expect([...names, 'metadata.json'].toSorted()).toEqual(
    Object.keys(await readOutputs(run.store)).toSorted(),
  );
  // Numbered without gaps, in each split.
  for (const split of ['train', 'val', 'test']) {
    const numbers = names.filter((name) => name.startsWith(split)).map((name) => Number(name.slice(-9, -4)));
    expect(numbers).toEqual([...numbers.keys()]);
  }
});

test('every bad record is one line of failures.jsonl, and says nothing about the patient', async () => {
  const run = await runJob(sample);
  const text = String(await readBytes(run.store, 'jobs/demo/out/failures.jsonl'));
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(Object.fromEntries(lines.map(({ record, code }) => [record, code]))).toEqual(faults);
  expect(lines).toHaveLength(6);
  const positions = lines.map(({ position }) => position);
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  expect(lines.find(({ code }) => code === 'image-missing').image).toBe(imageName(9));
  expect(text).not.toContain('secret');
  expect(run.logs.join('\n')).not.toMatch(/secret|FINDINGS|files\/s/);
});

test('nothing but small pointers is left of the work', async () => {
  const run = await runJob(sample);
  expect(await listRecordsLeft(run.store)).toEqual([]);
});

test('combine moves no byte of a record', async () => {
  const read = new Map<string, number>();
  const run = createPipelineRun({
    wrapStore: (store, box) =>
      box !== 'combine'
        ? store
        : {
            ...store,
            async *read(name, range) {
              for await (const chunk of store.read(name, range)) {
                read.set(name, (read.get(name) ?? 0) + chunk.byteLength);
                yield chunk;
              }
            },
          },
  });
  await writeSampleJob(run.store, sample);
  await run.announce('demo');
  await run.drive();
  const work = await workFolder(run.store);
  const isPointer = (name: string) => name === `${work}plan.json` || name.startsWith(`${work}markers/`);
  expect([...read.keys()].filter((name) => !isPointer(name))).toEqual([]);
  expect(read.size).toBeGreaterThan(3);
  expect((await readMetadata(run.store)).outputs.length).toBeGreaterThan(4);
});

test('tar itself lists the output', async () => {
  const run = await runJob(sample);
  const folder = await mkdtemp(join(tmpdir(), 'pillbox-'));
  try {
    const file = join(folder, 'train.tar');
    await writeFile(file, await readBytes(run.store, 'jobs/demo/out/train-00000.tar'));
    const { stdout, stderr } = await promisify(execFile)('tar', ['-tf', file]);
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')[0]).toMatch(/^\d{9}\.png$/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('split by record, every split has its exact size', async () => {
  const run = await runJob({ records: 23, options: { ...options, splitBy: 'record' } });
  const { splits, failed } = await readMetadata(run.store);
  expect(failed).toBe(0);
  expect(splits).toEqual({ train: 16, val: 4, test: 3 });
  expect(String(await readBytes(run.store, 'jobs/demo/out/failures.jsonl'))).toBe('');
});

test.each([
  ['one record', 1, { shardRecords: 16, partsPerTar: 31 }],
  ['one shard', 9, { shardRecords: 16, partsPerTar: 31 }],
  ['more parts than one compose call takes', 40, { shardRecords: 1, partsPerTar: 35 }],
  ['as many tars as shards', 40, { shardRecords: 1, partsPerTar: 1 }],
])('a job of %s', async (_, records, shape) => {
  const run = await runJob({ records, options: { ...shape, image: { size: 16 } } });
  const { splits } = await readMetadata(run.store);
  expect(splits.train + splits.val + splits.test).toBe(records);
  expect(await samplesOf(run)).toHaveLength(records);
  expect(await listRecordsLeft(run.store)).toEqual([]);
});

test('progress goes from waiting to done', async () => {
  const run = createPipelineRun();
  const progress = () => readProgress(run.store, 'demo');
  expect(await progress()).toMatchObject({ state: 'waiting', records: undefined });
  await writeSampleJob(run.store, sample);
  expect(await progress()).toMatchObject({ state: 'planning', stage: 'plan' });
  await run.plan('demo');
  expect(await progress()).toMatchObject({
    state: 'running',
    stage: 'shard',
    records: 40,
    recordsDone: 0,
    shards: 6,
  });
  const seen: number[] = [];
  // The last task first, so that the count is not of a prefix.
  await run.drive({
    pick: (waiting) => {
      progress().then(({ recordsDone }) => seen.push(recordsDone));
      return waiting - 1;
    },
  });
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(new Set(seen).size).toBeGreaterThan(5);
  const { outputs } = await readMetadata(run.store);
  const tars = outputs.length - 1;
  expect(await progress()).toEqual({
    state: 'done',
    stage: 'combine',
    records: 40,
    recordsDone: 40,
    shards: 6,
    shardsDone: 6,
    tars,
    tarsDone: tars,
    failed: 6,
    error: undefined,
  });
});
