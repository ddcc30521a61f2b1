import { expect, test } from 'vitest';
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
