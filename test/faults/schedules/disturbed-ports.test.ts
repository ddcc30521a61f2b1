import { expect, test } from 'vitest';
import { createMemoryStore } from '../../../shared/storage/memory-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { PreconditionFailedError } from '../../../shared/storage/storage-errors.ts';
import { createMemoryQueue } from '../../../shared/tasks/memory-task-queue.ts';
import { listNames, readBytes } from '../../fixtures/pipeline/read-outputs.ts';
import { Disturbance } from './disturbance.ts';
import { disturbedQueue, disturbedStore } from './disturbed-ports.ts';
import type { Fault, FaultKind, Operation } from './fault-schedule.ts';
import { runAs, Worker } from './worker.ts';

const STEP = 'shard/shards';
const ONCE = { ifGenerationMatch: '0' };

function fault(
  kind: FaultKind,
  operation: Operation,
  changed: Partial<Fault> & { nth?: number } = {},
): Fault {
  const { nth = 1, amount = 0, done = false } = changed;
  return { at: { step: STEP, operation, nth }, kind, amount, done };
}

/** A worker with its ports, and the bucket behind them. */
function disturbed(...faults: Fault[]) {
  const disturbance = new Disturbance({ faults });
  const bucket = createMemoryStore();
  const queue = createMemoryQueue();
  const store = disturbedStore(bucket, disturbance);
  const worker = new Worker(STEP);
  return {
    bucket,
    queue,
    disturbance,
    worker,
    as: <T>(work: (seen: ObjectStore) => Promise<T>) => runAs(worker, () => work(store)),
    enqueue: () =>
      runAs(worker, () =>
        disturbedQueue(queue, disturbance).enqueue({ box: 'shard', path: '/shards', body: {} }),
      ),
  };
}

test('an operation of another step, or another number, is left alone', async () => {
  const { as } = disturbed(
    { ...fault('status-503', 'create'), at: { step: 'plan/plans', operation: 'create', nth: 1 } },
    fault('status-503', 'create', { nth: 2 }),
  );
  await as((store) => store.create('a', 'a'));
  await expect(as((store) => store.create('b', 'b'))).rejects.toThrow('503');
  await as((store) => store.create('b', 'b'));
});

test.each(['status-429', 'status-500', 'status-503'] as const)('%s: nothing was done', async (kind) => {
  const { as, bucket, enqueue, queue } = disturbed(fault(kind, 'create'), fault(kind, 'enqueue'));
  await expect(as((store) => store.create('a', 'a'))).rejects.toMatchObject({ code: 'storage-unavailable' });
  expect(await bucket.stat('a')).toBeUndefined();
  await expect(enqueue()).rejects.toMatchObject({ code: 'tasks-unavailable' });
  expect(queue.tasks).toEqual([]);
});

test('drop-answer: it was done', async () => {
  const { as, bucket, enqueue, queue } = disturbed(
    fault('drop-answer', 'create'),
    fault('drop-answer', 'enqueue'),
  );
  await expect(as((store) => store.create('a', 'a'))).rejects.toMatchObject({ code: 'storage-unavailable' });
  expect(await bucket.stat('a')).toBeDefined();
  await expect(enqueue()).rejects.toThrow();
  expect(queue.tasks).toHaveLength(1);
});

test('status-412: it was done, and only a create with a precondition hears it', async () => {
  const { as, bucket } = disturbed(fault('status-412', 'create'), fault('status-412', 'create', { nth: 2 }));
  await expect(as((store) => store.create('a', 'a', ONCE))).rejects.toThrow(PreconditionFailedError);
  expect(await bucket.stat('a')).toBeDefined();
  await as((store) => store.create('b', 'b'));
});

test('cut-at-byte: a reader gets so many bytes, an upload leaves nothing', async () => {
  const { as, bucket } = disturbed(
    fault('cut-at-byte', 'read', { amount: 1030 }),
    fault('cut-at-byte', 'create', { amount: 2 }),
  );
  await bucket.create('a', Buffer.alloc(5000));
  let bytes = 0;
  const reading = as(async (store) => {
    for await (const chunk of store.read('a')) bytes += chunk.byteLength;
  });
  await expect(reading).rejects.toMatchObject({ code: 'storage-unavailable' });
  expect(bytes).toBe(1030);
  await expect(as((store) => store.create('b', 'long'))).rejects.toThrow();
  expect(await bucket.stat('b')).toBeUndefined();
  expect(await as((store) => readBytes(store, 'a'))).toHaveLength(5000);
});

test.each([true, false])(
  'kill-at-step: nothing of the worker has an effect after it (done: %s)',
  async (done) => {
    const { as, bucket, worker, enqueue, queue } = disturbed(fault('kill-at-step', 'create', { done }));
    await expect(as((store) => store.create('a', 'a'))).rejects.toThrow('killed');
    expect(worker.isKilled).toBe(true);
    await expect(as((store) => store.create('b', 'b'))).rejects.toThrow('killed');
    await expect(as((store) => store.delete('a'))).rejects.toThrow('killed');
    await expect(as((store) => listNames(store, ''))).rejects.toThrow('killed');
    await expect(enqueue()).rejects.toThrow('killed');
    expect(await listNames(bucket, '')).toEqual(done ? ['a'] : []);
    expect(queue.tasks).toEqual([]);
  },
);

test('deadline-passed: the work goes on after so many operations of others', async () => {
  const { as, bucket, worker, disturbance } = disturbed(fault('deadline-passed', 'create', { amount: 2 }));
  const late = as((store) => store.create('a', 'late'));
  await worker.deadline;
  disturbance.next(STEP, 'stat');
  await new Promise(setImmediate);
  expect(await bucket.stat('a')).toBeUndefined();
  disturbance.next(STEP, 'stat');
  await late;
  expect(String(await readBytes(bucket, 'a'))).toBe('late');
});

test('deadline-passed: the work goes on when there are no others', async () => {
  const { as, worker, disturbance } = disturbed(fault('deadline-passed', 'create', { amount: 200 }));
  const late = as((store) => store.create('a', 'late'));
  await worker.deadline;
  disturbance.releaseAll();
  await late;
});

test('disk-full: creates fail for a while, and nothing else does', async () => {
  const { as, bucket } = disturbed(fault('disk-full', 'create', { amount: 1 }));
  await expect(as((store) => store.create('a', 'a'))).rejects.toThrow('507');
  expect(await as((store) => store.stat('a'))).toBeUndefined();
  await expect(as((store) => store.create('a', 'a'))).rejects.toThrow('507');
  await as((store) => store.create('a', 'a'));
  expect(await bucket.stat('a')).toBeDefined();
});
