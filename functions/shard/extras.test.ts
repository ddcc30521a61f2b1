import { parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import type { DatasetRow } from '../../shared/pipeline/dataset-row.ts';
import { extrasMarkerName, rowsName } from '../../shared/pipeline/object-names.ts';
import { openJob } from '../../shared/pipeline/open-job.ts';
import { SplitProofBuilder } from '../../shared/pipeline/split-proof.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { createFault, faultyStore } from '../../test/fixtures/pipeline/faulty-store.ts';
import { createPipelineRun, type PipelineRun } from '../../test/fixtures/pipeline/pipeline-run.ts';
import {
  generationOf,
  listNames,
  listRecordsLeft,
  readBytes,
  readOutputs,
  readSamples,
} from '../../test/fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../../test/fixtures/pipeline/sample-job.ts';
import { makeExtras } from './extras.ts';

const options = { shardRecords: 4, partsPerTar: 2, image: { size: 16 }, parquet: true, smallPerSplit: 3 };
const sample = { records: 22, faults: { 5: 'image-missing' }, options } as const;

/** A job whose tars are made and whose rows are joined; the extras are held back. */
async function beginExtras(changed: object = {}): Promise<PipelineRun> {
  const run = createPipelineRun();
  await writeSampleJob(run.store, { ...sample, options: { ...options, ...changed } });
  await run.announce('demo');
  await run.drive({ lose: ({ path }) => path === '/extras' });
  return run;
}

async function runOf({ store }: PipelineRun) {
  return { job: 'demo', generation: await generationOf(store) };
}

async function extras(run: PipelineRun, store: ObjectStore = run.store): Promise<boolean> {
  const job = await openJob(() => store, { bucket: 'pillbox', ...(await runOf(run)) });
  if (job === undefined) throw new Error('there is no job');
  return makeExtras(job);
}

async function rowsIn(run: PipelineRun): Promise<DatasetRow[]> {
  const text = String(await readBytes(run.store, rowsName(await runOf(run))));
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function replaceRows(run: PipelineRun, change: (rows: DatasetRow[]) => DatasetRow[]): Promise<void> {
  const rows = change(await rowsIn(run));
  await run.store.create(rowsName(await runOf(run)), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

test('the proof, the table and the samples are those of the records that were written', async () => {
  const run = await beginExtras();
  const rows = await rowsIn(run);
  expect(rows).toHaveLength(21);
  expect(rows.map(({ position }) => position)).toEqual(
    rows.map(({ position }) => position).toSorted((a, b) => a - b),
  );
  expect(await extras(run)).toBe(true);

  const marker = JSON.parse(String(await readBytes(run.store, extrasMarkerName(await runOf(run)))));
  const builder = new SplitProofBuilder('pillbox');
  for (const { split, subject_id } of rows) builder.add(split, subject_id);
  builder.endPass();
  expect(marker.proof).toEqual(builder.finish());
  expect(marker.proof.shared).toEqual({ trainVal: 0, trainTest: 0, valTest: 0 });

  const table = await readBytes(run.store, 'jobs/demo/out/tabular.parquet');
  const file = Uint8Array.from(table).buffer;
  const found = await parquetReadObjects({
    file,
    columns: ['position', 'split', 'subject_id', 'study_id', 'pain'],
  });
  expect(found).toEqual(
    rows.map(({ position, split, subject_id, study_id, clinical }) => ({
      position: BigInt(position),
      split,
      subject_id,
      study_id,
      pain: clinical[6],
    })),
  );

  for (const split of ['train', 'val', 'test'] as const) {
    const own = rows.filter((row) => row.split === split).slice(0, 3);
    if (own.length === 0) continue;
    const tar = await readBytes(run.store, `jobs/demo/out/small-${split}.tar`);
    const samples = await readSamples('small', tar);
    expect(samples.map(({ key }) => Number(key))).toEqual(own.map(({ position }) => position));
    const [first] = await readSamples(
      'first',
      await readBytes(run.store, `jobs/demo/out/${split}-00000.tar`),
    );
    expect(samples[0]?.files).toEqual(first?.files);
  }
});

test('the metadata names what was made, and nothing of the work is left', async () => {
  const run = await beginExtras();
  const ref = { bucket: 'pillbox', ...(await runOf(run)), round: 0 };
  await run.deliver({ box: 'shard', path: '/extras', body: ref });
  await run.drive();
  const metadata = JSON.parse(String(await readBytes(run.store, 'jobs/demo/out/metadata.json')));
  const outputs = await readOutputs(run.store);
  const listed = metadata.outputs.map(({ name }: { name: string }) => name);
  expect([...listed, 'metadata.json'].toSorted()).toEqual(Object.keys(outputs).toSorted());
  expect(listed).toContain('tabular.parquet');
  expect(metadata.options).toMatchObject({ parquet: true, smallPerSplit: 3 });
  expect(metadata.proof.splits.train.subjects).toBeGreaterThan(3);
  expect(await listRecordsLeft(run.store)).toEqual([]);
});

test('a subject in two splits fails a job that splits by subject', async () => {
  const run = await beginExtras();
  await replaceRows(run, (rows) => {
    const [train, other] = [
      rows.find(({ split }) => split === 'train'),
      rows.find(({ split }) => split !== 'train'),
    ];
    return rows.map((row) => (row === other ? { ...row, subject_id: train?.subject_id ?? '' } : row));
  });
  await expect(extras(run)).rejects.toMatchObject({ name: 'TerminalError', code: 'splits-overlap' });
  expect(await listNames(run.store, 'jobs/demo/out/')).not.toContain('jobs/demo/out/tabular.parquet');
});

test('split by record, a shared subject is counted and said', async () => {
  const run = await beginExtras({ splitBy: 'record' });
  await replaceRows(run, (rows) => rows.map((row) => ({ ...row, subject_id: '1' })));
  expect(await extras(run)).toBe(true);
  const marker = JSON.parse(String(await readBytes(run.store, extrasMarkerName(await runOf(run)))));
  expect(marker.proof.shared).toEqual({ trainVal: 1, trainTest: 1, valTest: 1 });
});

test.each([
  ['one is missing', (rows: DatasetRow[]) => rows.slice(1), 'counts-differ'],
  ['one is there twice', (rows: DatasetRow[]) => [...rows, ...rows.slice(-1)], 'counts-differ'],
  [
    'one is of another split',
    (rows: DatasetRow[]) => rows.map((row) => ({ ...row, split: 'val' as const })),
    'counts-differ',
  ],
  ['two have changed places', (rows: DatasetRow[]) => rows.toReversed(), 'counts-differ'],
  [
    'one is no row',
    (rows: DatasetRow[]) => rows.map((row) => ({ ...row, split: 'x' as 'val' })),
    'job-invalid',
  ],
])('rows that are not those of the records are found out: %s', async (_, change, code) => {
  const run = await beginExtras();
  await replaceRows(run, change);
  await expect(extras(run)).rejects.toMatchObject({ name: 'TerminalError', code });
});

test('rows or tars that somebody deleted fail the job for good', async () => {
  const run = await beginExtras();
  await run.store.delete('jobs/demo/out/train-00000.tar');
  await expect(extras(run)).rejects.toThrow();
  const other = await beginExtras();
  await other.store.delete(rowsName(await runOf(other)));
  await expect(extras(other)).rejects.toMatchObject({ code: 'stage-incomplete' });
});

test('what an earlier job left in the place of the table is not taken for it', async () => {
  const run = await beginExtras();
  await run.store.create('jobs/demo/out/tabular.parquet', 'something else');
  await expect(extras(run)).rejects.toMatchObject({ code: 'outputs-exist' });
});

test('a job that is deleted meanwhile gets no files, and leaves none', async () => {
  const run = await beginExtras();
  const before = await listNames(run.store, 'jobs/demo/out/');
  const store: ObjectStore = {
    ...run.store,
    create: async (name, body, createOptions) => {
      const info = await run.store.create(name, body, createOptions);
      if (name.includes('staged-')) await run.store.delete('jobs/demo/job.json');
      return info;
    },
  };
  expect(await extras(run, store)).toBe(false);
  expect(await listNames(run.store, 'jobs/demo/out/')).toEqual(before);
  expect((await listNames(run.store, 'jobs/demo/work/')).filter((name) => name.includes('staged-'))).toEqual(
    [],
  );
});

test.each(['before', 'after'] as const)(
  'a crash %s any storage operation is made good by a retry',
  async (when) => {
    const wanted = await beginExtras();
    await extras(wanted);
    const outputs = await readOutputs(wanted.store);
    const begun = await beginExtras();
    let last = Number.POSITIVE_INFINITY;
    for (let at = 1; at <= last; at++) {
      const fault = createFault(at, when);
      const attempt = () => extras(begun, faultyStore(begun.store, fault));
      expect(await attempt().catch(attempt)).toBe(true);
      expect(await readOutputs(begun.store)).toEqual(outputs);
      expect(
        (await listNames(begun.store, 'jobs/demo/work/')).filter((name) => name.includes('staged-')),
      ).toEqual([]);
      last = fault.operations;
      for (const name of ['tabular.parquet', 'small-train.tar', 'small-val.tar', 'small-test.tar'])
        await begun.store.delete(`jobs/demo/out/${name}`);
      await begun.store.delete(extrasMarkerName(await runOf(begun)));
    }
    expect(last).toBeGreaterThan(20);
  },
);

test('several workers at once make the same', async () => {
  const wanted = await beginExtras();
  await extras(wanted);
  const run = await beginExtras();
  await Promise.allSettled([extras(run), extras(run), extras(run)]);
  expect(await extras(run)).toBe(true);
  expect(await readOutputs(run.store)).toEqual(await readOutputs(wanted.store));
});
