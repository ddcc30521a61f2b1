import { expect, test } from 'vitest';
import { parseJob } from '../../shared/pipeline/job.ts';
import type { Plan } from '../../shared/pipeline/plan-document.ts';
import { SplitProofBuilder } from '../../shared/pipeline/split-proof.ts';
import { StrataCounter } from '../../shared/pipeline/strata.ts';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import { type Dataset, describeDataset } from './describe-dataset.ts';
import { describeInputs, describeProvenance, findInputs } from './describe-inputs.ts';
import { describeSample } from './describe-sample.ts';

const pinned = {
  bucket: 'other',
  name: 'data/m.jsonl',
  generation: '123456789',
  sizeBytes: 10,
  crc32c: 'AAAAAA==',
};

function planOf(options: object = {}): Plan {
  return {
    job: parseJob({ id: 'demo', manifest: 'gs://other/data/m.jsonl', ...options }),
    jobGeneration: '987654321',
    codeVersion: '1.2.3',
    records: 10,
    shards: 1,
    manifest: pinned,
    tokenizer: { ...pinned, name: 'tokenizer.json', generation: '555555555' },
    index: { name: 'index', generation: '444444444' },
  };
}

function datasetOf(changed: Partial<Dataset> = {}): Dataset {
  const proof = new SplitProofBuilder('pillbox');
  proof.endPass();
  const tar = { sizeBytes: 1, crc32c: 'AAAAAA==' };
  return {
    counts: { train: 6, val: 1, test: 1, failed: 2 },
    outputs: [
      { ...tar, name: 'train-00000.tar', records: 6 },
      { ...tar, name: 'val-00000.tar', records: 1 },
      { ...tar, name: 'test-00000.tar', records: 1 },
      { ...tar, name: 'failures.jsonl', records: 2 },
    ],
    copies: [{ ...tar, name: 'small-train.tar', records: 2 }],
    reports: [],
    inputs: [],
    proof: proof.finish(),
    join: undefined,
    ...changed,
  };
}

test('all options are there, defaults filled in, and the names and units of what is in a sample', () => {
  const metadata = describeDataset(planOf(), datasetOf());
  expect(metadata).toMatchObject({
    format: 'pillbox/dataset/2',
    job: 'demo',
    codeVersion: '1.2.3',
    records: 10,
    failed: 2,
    splits: { train: 6, val: 1, test: 1 },
    options: {
      manifest: 'gs://other/data/m.jsonl',
      seed: 'pillbox',
      splitBy: 'subject',
      shardRecords: 64,
      parquet: false,
      image: { size: 518, channels: 1, format: 'png', mask: true },
      note: { aggressiveFiltering: false, passages: 3 },
    },
    proof: { shared: { trainVal: 0, trainTest: 0, valTest: 0 } },
  });
  const { clinicalFeatures, labels, outputs } = metadata as {
    clinicalFeatures: { name: string; unit: string }[];
    labels: string[];
    outputs: { name: string }[];
  };
  expect(clinicalFeatures[0]).toEqual({ name: 'temperature', unit: '°F' });
  expect(labels).toHaveLength(14);
  expect(outputs.map(({ name }) => name)).toContain('small-train.tar');
});

test('generations are in provenance.json and nowhere else', async () => {
  const plan = planOf({ tokens: { tokenizer: 'tokenizer.json' } });
  const inputs = await findInputs({ store: createMemoryStore(), plan });
  const metadata = JSON.stringify(describeDataset(plan, datasetOf({ inputs: describeInputs(inputs) })));
  const provenance = JSON.stringify(describeProvenance(plan, inputs));
  for (const generation of ['123456789', '555555555', '987654321']) {
    expect(metadata).not.toContain(generation);
    expect(provenance).toContain(generation);
  }
  expect(JSON.parse(metadata).provenance).toBe('provenance.json');
  expect(JSON.parse(metadata).inputs).toEqual([
    { role: 'manifest', name: 'gs://other/data/m.jsonl', sizeBytes: 10, crc32c: 'AAAAAA==' },
    { role: 'tokenizer', name: 'tokenizer.json', sizeBytes: 10, crc32c: 'AAAAAA==' },
  ]);
});

test('strata that were lumped together are on record', () => {
  const counter = new StrataCounter('seed');
  for (let i = 0; i < 300; i++) counter.add({ subject_id: i, stratum: `s${i}` });
  const splitThresholds = counter.thresholds({ train: 0.7, val: 0.15, test: 0.15 });
  const metadata = describeDataset({ ...planOf(), splitThresholds }, datasetOf());
  expect(metadata).toMatchObject({ strata: { lumped: { records: 44 } } });
});

test.each([
  ['one record is nowhere', { counts: { train: 5, val: 1, test: 1, failed: 2 } }],
  ['one tar has a record less', { outputs: datasetOf().outputs.slice(1) }],
])('counts that do not add up end the job: %s', (_, changed) => {
  expect(() => describeDataset(planOf(), datasetOf(changed))).toThrow(
    expect.objectContaining({ code: 'counts-differ' }),
  );
});

test.each([
  [{}, ['png', 'mask.png', 'txt', 'clinical.npy', 'missing.npy', 'labels.npy', 'json']],
  [
    { image: { format: 'jpeg', mask: false } },
    ['jpg', 'txt', 'clinical.npy', 'missing.npy', 'labels.npy', 'json'],
  ],
  [
    { image: { format: 'raw', channels: 3 }, tokens: { tokenizer: 't.json' } },
    ['image.npy', 'mask.png', 'txt', 'tokens.npy', 'clinical.npy', 'missing.npy', 'labels.npy', 'json'],
  ],
])('the files of a sample of %j', (options, suffixes) => {
  const files = describeSample(planOf(options).job);
  expect(files.map(({ suffix }) => suffix)).toEqual(suffixes);
  if (suffixes[0] === 'image.npy') expect(files[0]).toMatchObject({ dtype: 'uint8', shape: [518, 518, 3] });
});
