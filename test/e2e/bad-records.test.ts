/** A corrupt image, a missing image and a malformed line: each one line of failures.jsonl, none a lost record. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalPillbox, startLocalPillbox } from '../../infra/local/local-pillbox.ts';
import { pillbox, ROOT } from './local-run.ts';

let dir = '';
let running: LocalPillbox;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-bad-'));
  running = await startLocalPillbox({ root: ROOT, dir, edgePort: 0, onLine: () => {}, onNotice: () => {} });
}, 240_000);

afterAll(async () => {
  await running?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function ok(...args: string[]): Promise<string> {
  const { code, output } = await pillbox(...args);
  expect(code, `pillbox ${args.join(' ')}\n${output}`).toBe(0);
  return output;
}

test('faulty records end as failures with a code and a source, and the counts add up', async () => {
  const sample = join(dir, 'faulty');
  const here = ['--data', dir];
  await ok('sample', '--patients', '6', '--faulty', '3', '--seed', 'faulty', '--out', sample);
  await ok('cp', '-r', sample, 'gs://pillbox/data/', ...here);
  const jobFile = join(dir, 'job.json');
  const job = { id: 'faulty', manifest: 'data/faulty/manifest.jsonl', shardRecords: 4 };
  await writeFile(jobFile, JSON.stringify(job));
  await ok('submit', jobFile, '--watch', ...here);
  await ok('cp', '-r', 'gs://pillbox/jobs/faulty/out/', join(dir, 'out'), ...here);

  const lines = (await readFile(join(sample, 'manifest.jsonl'), 'utf8')).trim().split('\n');
  const failures = (await readFile(join(dir, 'out', 'failures.jsonl'), 'utf8')).trim().split('\n');
  const codes = failures.map((line) => JSON.parse(line).code);
  expect(codes.sort()).toEqual(['image-corrupt', 'image-missing', 'line-not-json']);

  const metadata = JSON.parse(await readFile(join(dir, 'out', 'metadata.json'), 'utf8'));
  expect(metadata).toMatchObject({ records: lines.length, failed: 3 });
  const { train, val, test: held } = metadata.splits;
  expect(train + val + held).toBe(lines.length - 3);

  const { code, output } = await pillbox('submit', jobFile, ...here);
  expect([code, output]).toEqual([1, expect.stringMatching(/exists/)]);
}, 240_000);
