import { expect, test } from 'vitest';
import { TerminalError } from '../errors/terminal-error.ts';
import { createMemoryStore } from '../storage/memory-object-store.ts';
import { readFailure, recordFailure } from './job-failure.ts';

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
