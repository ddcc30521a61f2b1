import { expect, test } from 'vitest';
import { INDEX_ENTRY_BYTES } from '../../shared/pipeline/index-entry.ts';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { StorageRefusedError } from '../../shared/storage/storage-errors.ts';
import { findOrMakePlan } from './make-plan.ts';

test.each([400, 401, 403])('a manifest that storage refuses (%d) fails the job for good', async (status) => {
  const own = createMemoryStore();
  const others: ObjectStore = {
    ...createMemoryStore(),
    stat: async (name) => {
      throw new StorageRefusedError(name, status);
    },
  };
  const { generation } = await own.create(
    'jobs/demo/job.json',
    '{"id": "demo", "manifest": "gs://other/m.jsonl"}',
  );
  const planning = findOrMakePlan(
    (bucket) => (bucket === 'other' ? others : own),
    { bucket: 'pillbox', job: 'demo', generation },
    'test',
  );
  await expect(planning).rejects.toMatchObject({
    name: 'TerminalError',
    code: 'manifest-refused',
    message: `the box may not read gs://other/m.jsonl (${status})`,
  });
});

/** Plans a job whose manifest was found, at an earlier try, to have so many records. */
async function planOf(records: number) {
  const store = createMemoryStore();
  await store.create('m.jsonl', '{}\n');
  const { generation } = await store.create('jobs/demo/job.json', '{"id": "demo", "manifest": "m.jsonl"}');
  const counted: ObjectStore = {
    ...store,
    stat: async (name) => {
      const found = await store.stat(name);
      if (found !== undefined) return found;
      const sizeBytes = records * INDEX_ENTRY_BYTES;
      return { name, generation: '1', sizeBytes, crc32c: '', contentType: undefined };
    },
  };
  return findOrMakePlan(() => counted, { bucket: 'pillbox', job: 'demo', generation }, 'test');
}

test('two million records can be planned, and one more cannot', async () => {
  await expect(planOf(2_000_000)).resolves.toMatchObject({ plan: { records: 2_000_000 } });
  await expect(planOf(2_000_001)).rejects.toMatchObject({
    name: 'TerminalError',
    code: 'job-invalid',
    message: '2000001 records, 2000000 are allowed: make several jobs of them',
  });
  await expect(planOf(0)).rejects.toMatchObject({ code: 'manifest-empty' });
});
