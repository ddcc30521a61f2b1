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
    shardRecords: 16,
    partsPerTar: 31,
    splits: { train: 0.7, val: 0.15, test: 0.15 },
    splitBy: 'subject',
    image: { size: 518 },
  });
});

test('what parseJob returns is a job again', () => {
  const job = parseJob({ ...smallest, manifest: 'gs://other-bucket/a/manifest.jsonl', splitBy: 'record' });
  expect(parseJob(JSON.stringify(job))).toEqual(job);
});

test.each([
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
