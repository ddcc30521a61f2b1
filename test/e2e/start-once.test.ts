/** The README's main command, whole: `pillbox start --once` from nothing to outputs on disk. */

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { pillbox } from './local-run.ts';
import { HAS_PYTHON, listTar, readSamples } from './tar-samples.ts';

const LIMIT_MIB = 256;

const summarySchema = z.strictObject({
  predictions: z.array(
    z.strictObject({
      function: z.string(),
      endpoint: z.string(),
      servedBy: z.enum(['edge', 'function']),
      status: z.number(),
      ms: z.number().positive(),
      body: z.record(z.string(), z.unknown()),
    }),
  ),
  job: z.strictObject({
    id: z.string(),
    records: z.number(),
    failed: z.number(),
    seconds: z.number().positive(),
    splits: z.strictObject({ train: z.number(), val: z.number(), test: z.number() }),
    outputs: z.array(z.string()),
  }),
  memory: z.array(
    z.strictObject({
      function: z.string(),
      limitMiB: z.number(),
      peakMiB: z.number(),
      coldStartMs: z.number().positive(),
    }),
  ),
});

let dir = '';
let run: Awaited<ReturnType<typeof pillbox>>;
let summary: z.infer<typeof summarySchema>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-once-'));
  run = await pillbox('start', '--once', '--data', dir, '--patients', '8', '--port', '0');
  summary = summarySchema.parse(JSON.parse(await readFile(join(dir, 'demo', 'summary.json'), 'utf8')));
}, 240_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

test('exits 0, and leaves no process behind', () => {
  expect(run.code, run.output).toBe(0);
  expect(run.left).toEqual([]);
});

test('answers one prediction for each model endpoint, the same at the edge and in the function', () => {
  for (const name of ['diabetes', 'heart']) {
    const mine = summary.predictions.filter((one) => one.endpoint === `/${name}/tabular`);
    expect(mine.map((one) => [one.servedBy, one.status]).sort()).toEqual([
      ['edge', 200],
      ['function', 200],
    ]);
    expect(mine[0]?.body).toEqual(mine[1]?.body);
  }
});

test('counts add up, and every record is in an output', async () => {
  const { records, failed, splits, outputs } = summary.job;
  expect(records).toBeGreaterThan(0);
  expect(failed).toBe(0);
  expect(splits.train + splits.val + splits.test).toBe(records);
  const files = await readdir(join(dir, 'demo', 'out'));
  expect(files.sort()).toEqual(outputs.map((name) => name.split('/').at(-1)).sort());
  const members = await Promise.all(
    files.filter((name) => name.endsWith('.tar')).map((name) => listTar(join(dir, 'demo', 'out', name))),
  );
  expect(members.flat().filter((name) => /^\d+\.png$/.test(name))).toHaveLength(records);
});

test.skipIf(!HAS_PYTHON)("Python's tarfile reads every sample, and no subject is in two splits", async () => {
  const subjects = new Map<string, Set<unknown>>();
  let samples = 0;
  for (const name of await readdir(join(dir, 'demo', 'out'))) {
    const split = /^(train|val|test)-\d+\.tar$/.exec(name)?.[1];
    if (split === undefined) continue;
    for (const sample of Object.values(await readSamples(join(dir, 'demo', 'out', name)))) {
      samples += 1;
      expect([sample.width, sample.height]).toEqual([518, 518]);
      expect(sample.extensions.sort()).toEqual([
        'clinical.npy',
        'json',
        'mask.png',
        'missing.npy',
        'png',
        'txt',
      ]);
      subjects.set(split, (subjects.get(split) ?? new Set()).add(sample.subject));
    }
  }
  expect(samples).toBe(summary.job.records);
  const all = [...subjects.values()];
  expect(new Set(all.flatMap((set) => [...set])).size).toBe(all.reduce((sum, set) => sum + set.size, 0));
});

test('every function ran, and stayed under its limit', () => {
  expect(summary.memory.map((one) => one.function).sort()).toEqual([
    'combine',
    'diabetes',
    'heart',
    'plan',
    'shard',
  ]);
  for (const one of summary.memory) {
    expect(one.limitMiB).toBe(LIMIT_MIB);
    expect(one.peakMiB, one.function).toBeGreaterThan(20);
    expect(one.peakMiB, one.function).toBeLessThanOrEqual(LIMIT_MIB);
  }
});

test('says what it did in plain lines where there is no terminal', () => {
  expect(run.output).not.toContain('\u001b[');
  for (const word of ['diabetes', 'heart', 'records/s', 'train', 'peak']) expect(run.output).toContain(word);
});
