import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { parseJob } from '../../shared/pipeline/job.ts';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import { makeJoinPlan, partitionCount, requireJoin } from './make-join-plan.ts';

const MIB = 1024 * 1024;

test('partitions follow from the size of the tables, and are bounded', () => {
  expect(partitionCount(0)).toBe(1);
  expect(partitionCount(4 * MIB)).toBe(1);
  expect(partitionCount(4 * MIB + 1)).toBe(2);
  expect(partitionCount(400 * MIB)).toBe(100);
  expect(partitionCount(2 ** 50)).toBe(1024);
});

async function plan(compressed: boolean, changed: string | undefined) {
  const store = createMemoryStore();
  const names = ['edstays', 'triage', 'vitalsign', 'patients', 'metadata'];
  for (const name of names) {
    const text = Buffer.alloc(name === changed ? 14 * MIB : 100, 'x');
    await store.create(name, compressed ? gzipSync(text, { level: 0 }) : text);
  }
  const { generation } = await store.create('jobs/demo/job.json', '{}');
  const tables = Object.fromEntries(names.map((name) => [name, name]));
  const job = requireJoin(parseJob({ id: 'demo', join: { tables } }));
  return makeJoinPlan(() => store, { bucket: 'pillbox', job: 'demo', generation }, job);
}

test.each([
  [false, undefined, 1],
  [false, 'edstays', 4],
  // The files are listed as well.
  [false, 'metadata', 8],
  // Only the last of each sign are kept.
  [false, 'vitalsign', 1],
  [true, 'edstays', 25],
])('compressed %s, much in %s: %d partitions', async (compressed, changed, partitions) => {
  expect((await plan(compressed, changed)).partitions).toBe(partitions);
});

test('every table is pinned, and has a scan', async () => {
  const { tables, scans } = await plan(false, undefined);
  expect(scans).toEqual(['patients', 'edstays', 'triage', 'vitalsign', 'metadata', 'files']);
  expect(tables.triage).toMatchObject({ bucket: 'pillbox', name: 'triage', sizeBytes: 100 });
  expect(tables.chexpert).toBeUndefined();
});
