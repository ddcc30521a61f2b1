import { expect, test } from 'vitest';
import { RetryableError } from '../../shared/errors/retryable-error.ts';
import { recordCancellation } from '../../shared/pipeline/job-failure.ts';
import { doneName, jobName } from '../../shared/pipeline/object-names.ts';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { pollMsOf, watchJob } from './follow-job.ts';

/** A store whose looks at job.json fail as `fails` says, by their number from 0. */
function unsteady(store: ObjectStore, fails: (look: number) => boolean): ObjectStore {
  let look = 0;
  return {
    ...store,
    async stat(name) {
      if (name === jobName('a') && fails(look++)) throw new RetryableError('storage-unavailable', 'away');
      return store.stat(name);
    },
  };
}

async function started(): Promise<{ store: ObjectStore; generation: string }> {
  const store = createMemoryStore();
  const { generation } = await store.create(jobName('a'), '{}');
  return { store, generation };
}

test('a large job is looked at less often, within bounds', () => {
  expect(pollMsOf({ shards: undefined })).toBe(1_000);
  expect(pollMsOf({ shards: 100 })).toBe(1_000);
  expect(pollMsOf({ shards: 6_747 })).toBe(3_373.5);
  expect(pollMsOf({ shards: 1e6 })).toBe(10_000);
});

test('every state is shown until the job ends', async () => {
  const { store, generation } = await started();
  const seen: string[] = [];
  const last = await watchJob(
    store,
    'a',
    async ({ state }) => {
      seen.push(state);
      if (seen.length === 2) await store.create(doneName({ job: 'a', generation }), '{}');
    },
    { pollMs: 1 },
  );
  expect(last.state).toBe('done');
  expect(seen).toEqual(['planning', 'planning', 'done']);
});

test('it ends with a job that was cancelled, and with one that is not there', async () => {
  const { store, generation } = await started();
  await recordCancellation(store, { job: 'a', generation });
  expect((await watchJob(store, 'a', () => {}, { pollMs: 1 })).state).toBe('cancelled');
  expect((await watchJob(store, 'b', () => {}, { pollMs: 1 })).state).toBe('waiting');
});

test('storage may be away for a few looks, not for ever; any other error ends the watch', async () => {
  const { store, generation } = await started();
  await recordCancellation(store, { job: 'a', generation });
  const steady = await watchJob(
    unsteady(store, (look) => look < 4),
    'a',
    () => {},
    { pollMs: 1 },
  );
  expect(steady.state).toBe('cancelled');
  const gone = watchJob(
    unsteady(store, () => true),
    'a',
    () => {},
    { pollMs: 1 },
  );
  await expect(gone).rejects.toThrow('away');
  const broken = watchJob({ ...store, stat: () => Promise.reject(new Error('bug')) }, 'a', () => {}, {
    pollMs: 1,
  });
  await expect(broken).rejects.toThrow('bug');
});

test('a signal ends it', async () => {
  const { store } = await started();
  const ending = new AbortController();
  const watch = watchJob(store, 'a', () => ending.abort(new Error('enough')), {
    pollMs: 60_000,
    signal: ending.signal,
  });
  await expect(watch).rejects.toThrow();
});
