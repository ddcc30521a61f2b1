import { expect, test } from 'vitest';
import { createMemoryStore } from '../../../shared/storage/memory-object-store.ts';
import { createMemoryQueue } from '../../../shared/tasks/memory-task-queue.ts';
import { listNames, readBytes } from '../../fixtures/pipeline/read-outputs.ts';
import { runAs, Worker } from '../schedules/worker.ts';
import { mortalQueue, mortalStore } from './mortal-ports.ts';

const TASK = { box: 'shard', path: '/shards', body: {} };

test('nothing that a killed worker does has an effect; another one works on', async () => {
  const bucket = createMemoryStore();
  const memoryQueue = createMemoryQueue();
  const store = mortalStore(bucket);
  const queue = mortalQueue(memoryQueue);
  const [killed, other] = [new Worker('shard/shards'), new Worker('shard/shards')];
  const { generation } = await runAs(killed, () => store.create('a', 'a'));
  killed.isKilled = true;
  const works: readonly (() => Promise<unknown>)[] = [
    () => store.create('b', 'b'),
    () => store.compose('b', [{ name: 'a', generation }]),
    () => store.stat('a'),
    () => store.delete('a'),
    () => readBytes(store, 'a'),
    () => listNames(store, ''),
    () => queue.enqueue(TASK),
  ];
  for (const work of works) await expect(runAs(killed, work)).rejects.toThrow('killed');
  expect(await listNames(bucket, '')).toEqual(['a']);
  expect(memoryQueue.tasks).toEqual([]);

  await runAs(other, () => store.create('b', 'b'));
  await runAs(other, () => queue.enqueue(TASK));
  expect(await listNames(bucket, '')).toEqual(['a', 'b']);
  expect(memoryQueue.tasks).toHaveLength(1);
});

test('an upload and a download of a worker that is killed meanwhile break off', async () => {
  const bucket = createMemoryStore();
  const store = mortalStore(bucket);
  const uploading = new Worker('shard/shards');
  const body = (async function* () {
    yield Buffer.from('first');
    uploading.isKilled = true;
    yield Buffer.from('second');
  })();
  await expect(runAs(uploading, () => store.create('a', body))).rejects.toThrow('killed');
  expect(await listNames(bucket, '')).toEqual([]);

  await bucket.create('b', 'b');
  const reading = new Worker('shard/shards');
  const read = async () => {
    for await (const _ of store.read('b')) reading.isKilled = true;
  };
  await expect(runAs(reading, read)).rejects.toThrow('killed');
});
