import { expect, test } from 'vitest';
import { createPipelineRun, type PipelineRun } from '../../../test/fixtures/pipeline/pipeline-run.ts';
import { listNames, readBytes } from '../../../test/fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../../../test/fixtures/pipeline/sample-job.ts';
import { readDatasetMetadata } from './dataset-metadata.ts';
import { bucketSource } from './output-source.ts';
import { verifyOutputs } from './verify-outputs.ts';

const faults = { 4: 'image-corrupt', 9: 'image-missing' } as const;
const options = { shardRecords: 5, partsPerTar: 2, image: { size: 16 } };

async function finished(changed: object): Promise<PipelineRun> {
  const run = createPipelineRun();
  await writeSampleJob(run.store, { records: 30, faults, options: { ...options, ...changed } });
  await run.announce('demo');
  await run.drive();
  return run;
}

async function verify({ store }: PipelineRun) {
  const source = bucketSource(store, 'pillbox', 'demo');
  return verifyOutputs(source, await readDatasetMetadata(source));
}

test.each([
  ['as it comes', {}],
  ['split by record', { splitBy: 'record' }],
  ['with everything besides', { parquet: true, smallPerSplit: 4, image: { size: 16, channels: 3 } }],
  ['of raw pictures without masks', { image: { size: 16, format: 'raw', mask: false } }],
  ['of JPEGs in one split', { image: { size: 16, format: 'jpeg' }, splits: { train: 1, val: 0, test: 0 } }],
])('a job that ran through is verified: %s', async (_, changed) => {
  const { problems, counts } = await verify(await finished(changed));
  expect(problems.told).toEqual([]);
  expect(counts.train + counts.val + counts.test).toBe(28);
  expect(counts.failed).toBe(2);
});

test('any byte of a tar that is not as it was written is found', async () => {
  const run = await finished({});
  const [tar = ''] = await listNames(run.store, 'jobs/demo/out/train-');
  const bytes = await readBytes(run.store, tar);
  for (const at of [0, 600, 1200, Math.floor(bytes.byteLength / 2), bytes.byteLength - 1]) {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8((damaged[at] ?? 0) ^ 1, at);
    await run.store.create(tar, damaged);
    const { problems } = await verify(run);
    expect(problems.told.join('\n'), `byte ${at}`).toContain('train-00000.tar: ');
  }
});
