/** The bucket and the queue for workers that can be killed: from then on nothing that one of them does has an effect. */

import { RetryableError } from '../../../shared/errors/retryable-error.ts';
import type { ObjectBody, ObjectStore } from '../../../shared/storage/object-store.ts';
import type { TaskQueue } from '../../../shared/tasks/task-queue.ts';
import { currentWorker } from '../schedules/worker.ts';

/** What was asked for before may still be done, as by a process whose last request is on its way. */
export function mortalStore(store: ObjectStore): ObjectStore {
  return {
    create: (name, body, options) => whileAlive(() => store.create(name, mortalBody(body), options)),
    compose: (name, sources, options) => whileAlive(() => store.compose(name, sources, options)),
    stat: (name) => whileAlive(() => store.stat(name)),
    delete: (name, options) => whileAlive(() => store.delete(name, options)),
    read: (name, options) => streamWhileAlive(store.read(name, options)),
    list: (prefix) => streamWhileAlive(store.list(prefix)),
  };
}

export function mortalQueue(queue: TaskQueue): TaskQueue {
  return { enqueue: (task) => whileAlive(() => queue.enqueue(task)) };
}

async function whileAlive<T>(act: () => Promise<T>): Promise<T> {
  assertAlive();
  const result = await act();
  assertAlive();
  return result;
}

async function* streamWhileAlive<T>(source: AsyncIterable<T>): AsyncIterable<T> {
  assertAlive();
  for await (const item of source) {
    assertAlive();
    yield item;
  }
  assertAlive();
}

/** An upload whose worker is killed breaks off. */
function mortalBody(body: ObjectBody): ObjectBody {
  return typeof body === 'string' || body instanceof Uint8Array ? body : streamWhileAlive(body);
}

function assertAlive(): void {
  // Heard by nobody: the connection of whoever sent the task has ended.
  if (currentWorker().isKilled) throw new RetryableError('storage-unavailable', 'killed');
}
