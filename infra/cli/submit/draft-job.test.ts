import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseJob } from '../../../shared/pipeline/job.ts';
import { createMemoryStore } from '../../../shared/storage/memory-object-store.ts';
import { CommandError } from '../command-error.ts';
import { addTable, type DraftOptions, draftJob } from './draft-job.ts';
import { addJobOptions } from './job-options.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-draft-'));
});
afterAll(() => rm(dir, { recursive: true }));

const noCloud = () => Promise.reject(new Error('no cloud is needed'));

async function cloudOf(...names: string[]) {
  const store = createMemoryStore();
  for (const name of names) await store.create(name, '');
  return async () => ({ openStore: () => store, bucket: 'pillbox' });
}

function optionsOf(...args: string[]): DraftOptions {
  const command = addJobOptions(new Command().exitOverride().configureOutput({ writeErr: () => {} }));
  command.option('--tables <prefix>').option('--table <name=object>', '', addTable);
  return command.parse(args, { from: 'user' }).opts();
}

async function fileOf(text: string): Promise<string> {
  const file = join(dir, 'job.json');
  await writeFile(file, text);
  return file;
}

test('without options a file is taken byte for byte; options alone make the least job', async () => {
  const text = ' {"id":"a",   "manifest":"m.jsonl"}';
  expect(await draftJob(await fileOf(text), {}, noCloud)).toBe(text);
  const made = await draftJob(undefined, optionsOf('--id', 'a', '--manifest', 'm.jsonl'), noCloud);
  expect(JSON.parse(made)).toEqual({ id: 'a', manifest: 'm.jsonl' });
});

test('every option lands in its field, and the job with all of them is valid', async () => {
  const options = optionsOf(
    ...['--id', 'all', '--user-project', 'payer-1', '--match-rule', 'inside', '--match-window-hours', '12.5'],
    ...['--views', 'PA,LATERAL', '--images', 'i/{dicom_id}.jpg', '--reports', 'r/{study_id}.txt'],
    ...['--image-size', '224', '--image-channels', '3', '--image-format', 'jpeg', '--no-mask'],
    ...['--tokenizer', 'gs://bkt/t.json', '--max-tokens', '512', '--knowledge', 'k.jsonl', '--passages', '0'],
    ...['--aggressive-filtering', '--shard-records', '32', '--parts-per-tar', '8', '--seed', 's'],
    ...['--splits', '0.8, 0.1, .1', '--split-by', 'subject', '--stratify-by', 'view,clinical,label:Edema'],
    ...['--small', '5', '--parquet', '--tables', 'raw'],
  );
  const cloud = await cloudOf(
    ...['edstays.csv.gz', 'triage.csv', 'vitalsign.csv.gz', 'patients.csv.gz'].map(
      (name) => `raw/ed/${name}`,
    ),
    'raw/cxr/mimic-cxr-2.0.0-metadata.csv.gz',
    'raw/cxr/mimic-cxr-2.0.0-chexpert.csv.gz',
    'raw/cxr/files/p10/edstays.csv.gz.bak',
    'rawer/edstays.csv',
  );
  const job = parseJob(await draftJob(undefined, options, cloud));
  expect(job).toEqual({
    id: 'all',
    userProject: 'payer-1',
    seed: 's',
    shardRecords: 32,
    partsPerTar: 8,
    splits: { train: 0.8, val: 0.1, test: 0.1 },
    splitBy: 'subject',
    stratifyBy: ['view', 'clinical', 'label:Edema'],
    smallPerSplit: 5,
    parquet: true,
    image: { size: 224, channels: 3, format: 'jpeg', mask: false },
    note: { aggressiveFiltering: true, knowledge: 'k.jsonl', passages: 0 },
    tokens: { tokenizer: 'gs://bkt/t.json', maxTokens: 512 },
    join: {
      tables: {
        edstays: 'gs://pillbox/raw/ed/edstays.csv.gz',
        triage: 'gs://pillbox/raw/ed/triage.csv',
        vitalsign: 'gs://pillbox/raw/ed/vitalsign.csv.gz',
        patients: 'gs://pillbox/raw/ed/patients.csv.gz',
        metadata: 'gs://pillbox/raw/cxr/mimic-cxr-2.0.0-metadata.csv.gz',
        chexpert: 'gs://pillbox/raw/cxr/mimic-cxr-2.0.0-chexpert.csv.gz',
      },
      rule: 'inside',
      windowHours: 12.5,
      views: ['PA', 'LATERAL'],
      images: 'i/{dicom_id}.jpg',
      reports: 'r/{study_id}.txt',
    },
  });
});

test('options win over the file, field by field, and a manifest over its tables', async () => {
  const file = await fileOf(
    JSON.stringify({
      id: 'a',
      join: { tables: { edstays: 'x' }, rule: 'inside' },
      image: { size: 64, mask: false },
      note: { aggressiveFiltering: true },
    }),
  );
  const options = optionsOf(
    '--manifest',
    'm.jsonl',
    '--image-size',
    '32',
    '--mask',
    '--no-aggressive-filtering',
  );
  expect(JSON.parse(await draftJob(file, options, noCloud))).toEqual({
    id: 'a',
    manifest: 'm.jsonl',
    image: { size: 32, mask: true },
    note: { aggressiveFiltering: false },
  });
  const tables = optionsOf('--table', 'edstays=gs://bkt/e=1.csv', '--table', 'triage=t.csv');
  expect(JSON.parse(await draftJob(file, tables, noCloud)).join).toEqual({
    tables: { edstays: 'gs://bkt/e=1.csv', triage: 't.csv' },
    rule: 'inside',
  });
});

test('tables that are missing or there twice are all named, with their fields; --table decides', async () => {
  const cloud = await cloudOf(
    ...['d/edstays.csv', 'd/edstays.csv.gz', 'd/patients.csv', 'd/x/patients.csv', 'd/vitalsign.csv'],
  );
  const failed = await draftJob(undefined, { id: 'a', tables: 'gs://pillbox/d/' }, cloud).catch(
    (error) => error,
  );
  expect(failed).toBeInstanceOf(CommandError);
  expect(failed.exitCode).toBe(3);
  expect(failed.message).toContain('join.tables.triage: no triage.csv[.gz]');
  expect(failed.message).toContain('join.tables.metadata: no mimic-cxr-2.0.0-metadata.csv[.gz]');
  expect(failed.message).toContain(
    'join.tables.edstays: gs://pillbox/d/edstays.csv and gs://pillbox/d/edstays.csv.gz',
  );
  expect(failed.message).not.toContain('chexpert');
  const table = { edstays: 'e', patients: 'p', triage: 't', metadata: 'm' };
  const text = await draftJob(undefined, { tables: 'gs://pillbox/d', table }, cloud);
  expect(JSON.parse(text).join.tables).toEqual({ ...table, vitalsign: 'gs://pillbox/d/vitalsign.csv' });
});

test.each([
  ['[1]', 'holds no JSON object'],
  ['null', 'holds no JSON object'],
  ['{"id": ', 'is not valid JSON'],
  ['', 'is not valid JSON'],
  [`{"id":"${'x'.repeat(70_000)}"}`, 'is larger than 65536 bytes'],
])('a job.json of %.20s is refused', async (text, message) => {
  await expect(draftJob(await fileOf(text), { seed: 's' }, noCloud)).rejects.toThrow(message);
});

test('what stands in the way of a field is replaced, never followed', async () => {
  const file = await fileOf('{"id":"a","image":[1],"note":"x","__proto__":{"seed":"y"}}');
  const job = JSON.parse(await draftJob(file, { imageSize: 32, passages: 1 }, noCloud));
  expect(job).toMatchObject({ image: { size: 32 }, note: { passages: 1 } });
  expect(Object.prototype).not.toHaveProperty('seed');
});

test.each([
  [['--splits', '0.7,0.3'], 'three fractions'],
  [['--splits', '0.7,0.2,x'], 'three fractions'],
  [['--image-channels', '2'], '1 or 3'],
  [['--match-window-hours', '-1'], 'number above 0'],
  [['--match-window-hours', '0'], 'number above 0'],
  [['--split-by', 'day'], 'Allowed choices'],
  [['--image-size', '5e2'], 'whole number'],
  [['--table', 'nonsense=x'], '--table: write name=object'],
  [['--table', 'triage='], '--table: write name=object'],
])('%j is wrong usage', (args, message) => {
  expect(() => optionsOf(...args)).toThrow(message);
});
