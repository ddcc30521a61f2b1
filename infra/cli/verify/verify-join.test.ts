import sharp from 'sharp';
import { expect, test } from 'vitest';
import { createPipelineRun, type PipelineRun } from '../../../test/fixtures/pipeline/pipeline-run.ts';
import { listNames, readBytes } from '../../../test/fixtures/pipeline/read-outputs.ts';
import { spoilIds } from '../../../test/fixtures/tables/hostile-ids.ts';
import {
  type RandomTables,
  randomTables,
  TABLE_NAMES,
  writeTables,
} from '../../../test/fixtures/tables/random-tables.ts';
import { readDatasetMetadata } from './dataset-metadata.ts';
import { bucketSource } from './output-source.ts';
import { verifyOutputs } from './verify-outputs.ts';

const drawn = randomTables(7, 60);
const image = { size: 16 };

/** Joins random tables whose pictures and reports are real ones, to the end. */
async function runJob(options: object, of: RandomTables = drawn): Promise<PipelineRun> {
  const run = createPipelineRun();
  await writeTables(run.store, of);
  const picture = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#777' } })
    .jpeg()
    .toBuffer();
  for (const name of await listNames(run.store, '')) {
    if (name.endsWith('.jpg')) await run.store.create(name, picture);
    if (name.endsWith('.txt')) await run.store.create(name, 'FINDINGS: The lungs are clear.');
  }
  const { chexpert, split, ...names } = TABLE_NAMES;
  const tables = { ...names, chexpert, split };
  await run.store.create(
    'jobs/demo/job.json',
    JSON.stringify({ id: 'demo', image, join: { tables }, ...options }),
  );
  await run.announce('demo');
  await run.drive();
  return run;
}

async function metadataIn({ store }: PipelineRun) {
  return JSON.parse(String(await readBytes(store, 'jobs/demo/out/metadata.json')));
}

test('a join that was stratified is verified, and its metadata says what was matched', async () => {
  const stratifyBy = ['view', 'clinical', 'label:Edema'];
  const run = await runJob({ stratifyBy, parquet: true, smallPerSplit: 2, shardRecords: 8 });
  expect(await listNames(run.store, 'jobs/demo/failed/')).toEqual([]);
  const source = bucketSource(run.store, 'pillbox', 'demo');
  const { problems, proof } = await verifyOutputs(source, await readDatasetMetadata(source));
  expect(problems.told).toEqual([]);
  expect(proof.shared).toEqual({ trainVal: 0, trainTest: 0, valTest: 0 });

  const metadata = await metadataIn(run);
  expect(metadata.join.matched.count).toBe(metadata.records);
  expect(metadata.join.badRows).toEqual({ count: 0, tables: {} });
  expect(metadata.strata.strata.length).toBeGreaterThan(1);
  const roles = metadata.inputs.map(({ role }: { role: string }) => role);
  expect(roles).toEqual(['patients', 'edstays', 'triage', 'vitalsign', 'chexpert', 'split', 'metadata']);
  const listed = metadata.outputs.map(({ name }: { name: string }) => name);
  expect(listed).toEqual(expect.arrayContaining(['join.json', 'unmatched.jsonl', 'tabular.parquet']));
});

test('hostile ids: every study is in a record or told, and every row that could not be read is counted', async () => {
  const run = await runJob({}, spoilIds(drawn, 3));
  const source = bucketSource(run.store, 'pillbox', 'demo');
  const { problems, join } = await verifyOutputs(source, await readDatasetMetadata(source));
  expect(problems.told).toEqual([]);
  const unmatched = Object.values(join?.unmatched ?? {}).reduce((sum, { count }) => sum + count, 0);
  const told = String(await readBytes(run.store, 'jobs/demo/out/unmatched.jsonl'));
  expect(told.trimEnd().split('\n')).toHaveLength(unmatched);
  expect(join?.studies).toBe(unmatched + (join?.matched.count ?? 0));
  expect(join?.badRows.tables).toHaveProperty('metadata.dicom_id');
});

test('a job whose generations were deleted is not as it should be', async () => {
  const run = await runJob({});
  await run.store.delete('jobs/demo/out/provenance.json');
  const source = bucketSource(run.store, 'pillbox', 'demo');
  const { problems } = await verifyOutputs(source, await readDatasetMetadata(source));
  expect(problems.told).toEqual([expect.stringMatching(/^provenance\.json: is not there/)]);
});

test('a split that was given is kept, and a line without one is a failure', async () => {
  const run = await runJob({ splitBy: 'given' });
  const source = bucketSource(run.store, 'pillbox', 'demo');
  const { problems, counts } = await verifyOutputs(source, await readDatasetMetadata(source));
  expect(problems.told).toEqual([]);
  const failures = String(await readBytes(run.store, 'jobs/demo/out/failures.jsonl'));
  expect(counts.failed).toBe(failures === '' ? 0 : failures.trimEnd().split('\n').length);
});
