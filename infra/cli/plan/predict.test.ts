import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseJob } from '../../../shared/pipeline/job.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { measureRecordBytes } from '../../../test/bench/pipeline-bytes.ts';
import { createPipelineRun } from '../../../test/fixtures/pipeline/pipeline-run.ts';
import { writeSampleJob } from '../../../test/fixtures/pipeline/sample-job.ts';
import { writeTables } from '../../sample/tables/write-tables.ts';
import { runPillbox } from '../run-pillbox.fixture.ts';
import { costLines } from './cost.ts';
import { predict, recordBytes } from './predict.ts';
import { MEASURED, usualPartitions } from './work.ts';

/** Groups of 160 records: each split has some of every group. */
const options = { shardRecords: 8, partsPerTar: 20, image: { size: 16 } };
const whatIf = { records: 400, boxes: 2, memoryMiB: 256, recordSeconds: 0.3, partitions: 1 };

/** Tables, reports and a few images. */
let pictures = '';
beforeAll(async () => {
  pictures = join(await mkdtemp(join(tmpdir(), 'pillbox-predict-')), 'sample');
  await writeTables({ dir: pictures, records: 6, seed: 'bench', images: 4 });
});
afterAll(() => rm(join(pictures, '..'), { recursive: true, force: true }));

function counting(store: ObjectStore, count: { a: number; b: number }): ObjectStore {
  const counted =
    <Args extends unknown[], Result>(kind: 'a' | 'b', call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      count[kind] += 1;
      return call(...args);
    };
  return {
    ...store,
    create: counted('a', store.create),
    list: counted('a', store.list),
    compose: counted('a', store.compose),
    read: counted('b', store.read),
    stat: counted('b', store.stat),
  };
}

test.each(['subject', 'record'])(
  'of a real job split by %s, the tasks are those the queue saw; the operations are close',
  async (splitBy) => {
    const count = { a: 0, b: 0 };
    const run = createPipelineRun({ wrapStore: (store) => counting(store, count) });
    const job = parseJob(
      await writeSampleJob(run.store, { records: whatIf.records, options: { ...options, splitBy } }),
    );
    await run.announce('demo');
    await run.drive();
    const prediction = predict({ ...whatIf, job });
    const tasks = prediction.stages.reduce((sum, stage) => sum + stage.tasks, 0);
    expect(tasks).toBe(run.delivered.length);
    expect(prediction.sweeps).toBe(run.waiting().length);
    const of = (path: string) => run.delivered.filter((task) => task.path === path).length;
    expect(prediction.shards).toBe(of('/shards'));
    expect(prediction.tars).toBe(of('/tars'));
    expect(Math.abs(prediction.classA / count.a - 1)).toBeLessThan(0.25);
    expect(Math.abs(prediction.classB / count.b - 1)).toBeLessThan(0.15);
  },
);

test('time falls with boxes, bytes and seconds grow with the records', () => {
  const job = parseJob({ id: 'a', manifest: 'm' });
  const small = predict({ ...whatIf, records: 10_000, job });
  const large = predict({ ...whatIf, records: 100_000, job });
  const wide = predict({ ...whatIf, records: 100_000, boxes: 100, job });
  expect(large.outputBytes).toBe(10 * small.outputBytes);
  expect(large.wallSeconds / small.wallSeconds).toBeCloseTo(10, 0);
  expect(large.wallSeconds / wide.wallSeconds).toBeGreaterThan(20);
  const seconds = (one: typeof wide) => one.stages.reduce((sum, { boxSeconds }) => sum + boxSeconds, 0);
  expect(seconds(wide)).toBeCloseTo(seconds(large));
  const total = (one: typeof wide) => costLines(one, 256).lines.reduce((sum, { usd }) => sum + usd, 0);
  expect(total(large) / total(small)).toBeCloseTo(10, 0);
});

test('the least and the largest job', () => {
  const job = parseJob({ id: 'a', manifest: 'm', shardRecords: 1, partsPerTar: 1 });
  expect(predict({ ...whatIf, records: 1, job })).toMatchObject({ shards: 1, tars: 1, sweeps: 1 });
  const most = predict({ ...whatIf, records: 2 ** 32, job });
  expect(Object.values(most).filter((value) => typeof value === 'number' && !Number.isFinite(value))).toEqual(
    [],
  );
});

test('a join takes as long as its tables are large: those of so many records, or of the partitions that are named', () => {
  expect(usualPartitions(107_949)).toBe(MEASURED.join.partitions);
  expect(usualPartitions(1)).toBe(1);
  expect(usualPartitions(2 ** 32)).toBe(1024);
  const tables = { edstays: 'e', triage: 't', vitalsign: 'v', patients: 'p', metadata: 'm' };
  const job = parseJob({ id: 'a', join: { tables } });
  const joinOf = (partitions: number) =>
    predict({ ...whatIf, partitions, job }).stages.find(({ stage }) => stage === 'join');
  expect(joinOf(111)?.tasks).toBe(6 + 111 + 1);
  expect(joinOf(111)?.wallSeconds).toBeGreaterThan(MEASURED.join.longestScanSeconds);
  expect(joinOf(1)?.wallSeconds).toBeLessThan(3);
});

test.each([{}, { format: 'jpeg' }, { channels: 3, mask: false }])(
  'the bytes of a record are those of a job of synthetic radiographs, nearly: %j',
  async (image) => {
    const { job, bytesPerRecord } = await measureRecordBytes(pictures, image);
    expect(Math.abs(recordBytes(job) / bytesPerRecord - 1)).toBeLessThan(0.12);
  },
);

test('a record is larger with more pixels, channels, a mask, tokens', () => {
  const bytes = (job: object) => recordBytes(parseJob({ id: 'a', manifest: 'm', ...job }));
  const usual = bytes({});
  expect(usual).toBeLessThan(400_000);
  expect(bytes({ image: { size: 224 } })).toBeLessThan(usual / 3);
  expect(bytes({ image: { mask: false } })).toBeLessThan(usual);
  expect(bytes({ image: { format: 'raw', channels: 3 } })).toBeGreaterThan(3 * 518 * 518);
  expect(bytes({ tokens: { tokenizer: 't' } })).toBeGreaterThan(usual);
});

test('the command reaches no cloud, states its prices, and refuses to do more than predict', async () => {
  const env = { PILLBOX_CLOUD_ENDPOINT: 'http://127.0.0.1:1' };
  const { code, stdout, stderr } = await runPillbox(['plan', '--what-if', '--records', '107949'], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^shard +1,687 /m);
  expect(stdout).toMatch(/^join +120 /m);
  expect(stdout).toContain('Prices in USD, us-central1, as of 2025');
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  const manifest = await runPillbox(['plan', '--what-if', '--records', '9', '--no-join'], { env });
  expect(manifest).toMatchObject({ code: 0, stderr: '' });
  expect(manifest.stdout).not.toMatch(/^join /m);
  expect(manifest.stdout).toContain('Records come from a manifest');
  const both = ['plan', '--what-if', '--records', '9', '--no-join', '--job', 'x.json'];
  expect(await runPillbox(both, { env })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--job'),
  });
  const wrong = await runPillbox(['plan', '--records', '5'], { env });
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('add --what-if') });
  expect((await runPillbox(['plan', '--what-if'])).code).toBe(2);
});
