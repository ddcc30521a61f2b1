import { expect, test } from 'vitest';
import { createMemoryStore } from '../../../shared/storage/memory-object-store.ts';
import type { ObjectInfo, ObjectStore } from '../../../shared/storage/object-store.ts';
import { listJobs } from './list-jobs.ts';

/** A store that lists these, with these generations, and counts how many it gave. */
function storeOf(objects: readonly [name: string, generation: string][]) {
  let listed = 0;
  const store: ObjectStore = {
    ...createMemoryStore(),
    async *list(prefix): AsyncIterable<ObjectInfo> {
      for (const [name, generation] of objects.filter(([one]) => one.startsWith(prefix))) {
        listed += 1;
        yield { name, generation, sizeBytes: 1, crc32c: '', contentType: undefined };
      }
    },
  };
  return { store, listed: () => listed };
}

test('jobs come newest first, with the time that their generation tells', async () => {
  const { store } = storeOf([
    ['jobs/a/job.json', '1795271400000000'],
    ['jobs/b-2/failed/plan.json', '1795271400000009'],
    ['jobs/b-2/job.json', '1795271400000001'],
    ['jobs/c/out/job.json', '1795271400000005'],
    ['jobs/job.json', '1795271400000006'],
    ['jobs/Not A Job/job.json', '1795271400000007'],
    ['jobs/z/job.json', '7'],
    ['other/job.json', '1'],
  ]);
  const { jobs, stoppedAt } = await listJobs(store);
  expect(jobs.map(({ job }) => job)).toEqual(['b-2', 'a', 'z']);
  expect(jobs[1]?.submittedMs).toBe(1795271400000);
  expect(jobs[2]?.submittedMs).toBeUndefined();
  expect(stoppedAt).toBeUndefined();
});

test('the search is bounded, and says where it ended', async () => {
  const many = Array.from({ length: 300 }, (_, i): [string, string] => [
    `jobs/j${String(i).padStart(3, '0')}/job.json`,
    String(1795271400000000 + i),
  ]);
  const { store, listed } = storeOf(many);
  const { jobs, stoppedAt } = await listJobs(store, 100);
  expect(jobs).toHaveLength(100);
  expect(stoppedAt).toBe('jobs/j100/job.json');
  expect(listed()).toBe(101);
});
