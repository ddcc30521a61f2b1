import { expect, test } from 'vitest';
import { TerminalError } from '../errors/terminal-error.ts';
import { parseJob } from './job.ts';

const smallest = { id: 'demo', manifest: 'data/demo/manifest.jsonl' };

function fieldsOf(input: unknown): string[] {
  try {
    parseJob(input);
  } catch (error) {
    if (error instanceof TerminalError) return error.fields.map(({ path }) => path);
    throw error;
  }
  throw new Error('accepted');
}

test('an id and a manifest are enough', () => {
  expect(parseJob(JSON.stringify(smallest))).toEqual({
    ...smallest,
    seed: 'pillbox',
    shardRecords: 64,
    partsPerTar: 31,
    splits: { train: 0.7, val: 0.15, test: 0.15 },
    splitBy: 'subject',
    stratifyBy: [],
    parquet: false,
    image: { size: 518, channels: 1, format: 'png', mask: true },
    note: { aggressiveFiltering: false, passages: 3 },
  });
});

const table = (name: string) => `gs://mimic/${name}.csv.gz`;
const tables = {
  edstays: table('edstays'),
  triage: table('triage'),
  vitalsign: table('vitalsign'),
  patients: table('patients'),
  metadata: table('metadata'),
};
const joined = { id: 'demo', join: { tables } };
const labelled = { id: 'demo', join: { tables: { ...tables, chexpert: table('chexpert') } } };

test('tables in place of a manifest have the rule and the layout of MIMIC', () => {
  expect(parseJob(joined).join).toEqual({
    tables,
    rule: 'nearest',
    windowHours: 24,
    views: ['PA', 'AP'],
    images: 'files/p{subject_prefix}/p{subject_id}/s{study_id}/{dicom_id}.jpg',
    reports: 'files/p{subject_prefix}/p{subject_id}/s{study_id}.txt',
  });
  expect(parseJob({ ...labelled, stratifyBy: ['view', 'clinical', 'label:No Finding'] })).toBeDefined();
});

test('what parseJob returns is a job again', () => {
  const job = parseJob({ ...smallest, manifest: 'gs://other-bucket/a/manifest.jsonl', splitBy: 'record' });
  expect(parseJob(JSON.stringify(job))).toEqual(job);
});

test.each([
  ['a manifest and tables', { ...smallest, ...joined }, ['manifest']],
  ['neither', { id: 'demo' }, ['manifest']],
  [
    'a table that is missing',
    { id: 'demo', join: { tables: { ...tables, triage: undefined } } },
    ['join.tables.triage'],
  ],
  [
    'a field that names do not have',
    { ...joined, join: { tables, images: '{patient}.jpg' } },
    ['join.images'],
  ],
  ['images above the bucket', { ...joined, join: { tables, images: '../{dicom_id}.jpg' } }, ['join.images']],
  ['given splits without their table', { ...joined, splitBy: 'given' }, ['join.tables.split']],
  ['strata of a manifest', { ...smallest, stratifyBy: ['view'] }, ['stratifyBy']],
  ['strata of labels without their table', { ...joined, stratifyBy: ['label:Edema'] }, ['stratifyBy']],
  ['a label that CheXpert has not', { ...labelled, stratifyBy: ['label:Flu'] }, ['stratifyBy.0']],
  ['four strata', { ...labelled, stratifyBy: ['view', 'view', 'view', 'view'] }, ['stratifyBy']],
  ['two channels', { ...smallest, image: { channels: 2 } }, ['image.channels']],
  [
    'more tokens than a model has room for',
    { ...smallest, tokens: { tokenizer: 't.json', maxTokens: 8193 } },
    ['tokens.maxTokens'],
  ],
  ['a project that is none', { ...smallest, userProject: 'Bad Project' }, ['userProject']],
  ['no id', { manifest: 'm.jsonl' }, ['id']],
  ['an id with a slash', { ...smallest, id: 'a/b' }, ['id']],
  ['a manifest on a web server', { ...smallest, manifest: 'https://example.org/m.jsonl' }, ['manifest']],
  ['a manifest above the bucket', { ...smallest, manifest: '../m.jsonl' }, ['manifest']],
  ['an unknown option', { ...smallest, shards: 4 }, ['']],
  ['fractions that are too small', { ...smallest, splits: { train: 0.5, val: 0.1, test: 0.1 } }, ['splits']],
  [
    'a fraction below zero',
    { ...smallest, splits: { train: 1.2, val: -0.2, test: 0 } },
    ['splits.train', 'splits.val'],
  ],
  ['shards of nothing', { ...smallest, shardRecords: 0 }, ['shardRecords']],
  ['two mistakes', { ...smallest, partsPerTar: 1.5, image: { size: 4 } }, ['partsPerTar', 'image.size']],
  ['a list', [], ['']],
])('%s is refused by name', (_, input, expected) => {
  expect(fieldsOf(input)).toEqual(expected);
});

test('text that is not JSON is refused', () => {
  expect(() => parseJob('{"id":')).toThrow('not valid JSON');
});
