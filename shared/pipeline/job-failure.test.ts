import { expect, test } from 'vitest';
import { TerminalError } from '../errors/terminal-error.ts';
import { createMemoryStore } from '../storage/memory-object-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { clearFailures, readFailure, recordCancellation, recordFailure } from './job-failure.ts';

const failure = (message: string) => new TerminalError('shard-empty', message);

async function submit(store: ReturnType<typeof createMemoryStore>) {
  const { generation } = await store.create('jobs/demo/job.json', '{}');
  return { job: 'demo', generation };
}

test('the first failure of a task stays', async () => {
  const store = createMemoryStore();
  const run = await submit(store);
  await recordFailure(store, run, 'shard-0', failure('first'));
  await recordFailure(store, run, 'shard-0', failure('second'));
  expect(await readFailure(store, run)).toMatchObject({ task: 'shard-0', message: 'first' });
});

test('a failure of an earlier job of this name is none of this one, and gives way', async () => {
  const store = createMemoryStore();
  const earlier = await submit(store);
  await recordFailure(store, earlier, 'shard-0', failure('earlier'));
  const run = await submit(store);
  expect(await readFailure(store, run)).toBeUndefined();
  await recordFailure(store, run, 'shard-0', failure('own'));
  expect(await readFailure(store, run)).toMatchObject({ message: 'own' });
});

test('a job that is gone leaves no failure', async () => {
  const store = createMemoryStore();
  const run = await submit(store);
  await store.delete('jobs/demo/job.json');
  await recordFailure(store, run, 'shard-0', failure('late'));
  expect(await store.stat('jobs/demo/failed/shard-0.json')).toBeUndefined();
});

test('a cancellation ends a job as a failure does, is written once, and not for a job that is gone', async () => {
  const store = createMemoryStore();
  const run = await submit(store);
  await recordCancellation(store, run);
  const first = await store.stat('jobs/demo/failed/cancelled.json');
  await recordCancellation(store, run);
  expect(await store.stat('jobs/demo/failed/cancelled.json')).toEqual(first);
  // The first by name, so that what fails while it is being stopped does not hide why.
  await recordFailure(store, run, 'shard-0', failure('later'));
  expect(await readFailure(store, run)).toMatchObject({ task: 'cancelled', code: 'cancelled' });
  await recordCancellation(store, { ...run, generation: '0' });
  expect(await store.stat('jobs/demo/failed/cancelled.json')).toEqual(first);
});

test('failures of this run are cleared, those of another stay', async () => {
  const store = createMemoryStore();
  const earlier = await submit(store);
  await recordFailure(store, earlier, 'plan', failure('earlier'));
  const run = await submit(store);
  await recordCancellation(store, run);
  await recordFailure(store, run, 'shard-0', failure('own'));
  expect(await clearFailures(store, run)).toBe(2);
  expect(await readFailure(store, run)).toBeUndefined();
  expect(await readFailure(store, earlier)).toMatchObject({ message: 'earlier' });
  expect(await clearFailures(store, run)).toBe(0);
});

test('a failure that is written anew while it is cleared stays', async () => {
  const store = createMemoryStore();
  const run = await submit(store);
  await recordFailure(store, run, 'shard-0', failure('own'));
  const name = 'jobs/demo/failed/shard-0.json';
  const meddling: ObjectStore = {
    ...store,
    async delete(deleted, options) {
      await store.create(name, JSON.stringify({ ...(await readFailure(store, run)), message: 'new' }));
      await store.delete(deleted, options);
    },
  };
  expect(await clearFailures(meddling, run)).toBe(0);
  expect(await readFailure(store, run)).toMatchObject({ message: 'new' });
});
