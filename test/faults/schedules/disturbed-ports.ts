/** The bucket and the queue as a worker sees them while things go wrong, down to what the adapters make of a status. */

import { RetryableError } from '../../../shared/errors/retryable-error.ts';
import { toStorageError } from '../../../shared/storage/google-storage-error.ts';
import type { CreateOptions, ObjectBody, ObjectStore } from '../../../shared/storage/object-store.ts';
import type { TaskQueue } from '../../../shared/tasks/task-queue.ts';
import type { Disturbance } from './disturbance.ts';
import type { Fault, FaultKind, Operation } from './fault-schedule.ts';
import { currentWorker, type Worker } from './worker.ts';

/** Of an answer that says nothing was done. */
const STATUSES: Readonly<Partial<Record<FaultKind, number>>> = {
  'status-429': 429,
  'status-500': 500,
  'status-503': 503,
};

const DISK_FULL = 507;

export function disturbedStore(store: ObjectStore, disturbance: Disturbance): ObjectStore {
  const run = <T>(operation: Operation, name: string, act: () => Promise<T>) =>
    attempt(disturbance, { operation, name }, act);
  return {
    create: (name, body, options) =>
      attempt(disturbance, { operation: 'create', name, options }, (fault) =>
        store.create(name, fault?.kind === 'cut-at-byte' ? cutBody(body, fault.amount) : body, options),
      ),
    compose: (name, sources, options) =>
      attempt(disturbance, { operation: 'compose', name, options }, () =>
        store.compose(name, sources, options),
      ),
    stat: (name) => run('stat', name, () => store.stat(name)),
    delete: (name, options) => run('delete', name, () => store.delete(name, options)),
    read: (name, options) =>
      stream(disturbance, { operation: 'read', name }, (fault) => {
        const content = store.read(name, options);
        return fault?.kind === 'cut-at-byte' ? cut(content, fault.amount) : content;
      }),
    list: (prefix) => stream(disturbance, { operation: 'list', name: prefix }, () => store.list(prefix)),
  };
}

export function disturbedQueue(queue: TaskQueue, disturbance: Disturbance): TaskQueue {
  return {
    enqueue: (task) => attempt(disturbance, { operation: 'enqueue', name: '' }, () => queue.enqueue(task)),
  };
}

interface Call {
  readonly operation: Operation;
  readonly name: string;
  readonly options?: CreateOptions | undefined;
}

async function attempt<T>(
  disturbance: Disturbance,
  call: Call,
  act: (fault: Fault | undefined) => Promise<T>,
): Promise<T> {
  const worker = currentWorker();
  const fault = await meet(disturbance, worker, call);
  const result = await act(fault);
  endBadly(worker, call, fault);
  return result;
}

async function* stream<T>(
  disturbance: Disturbance,
  call: Call,
  open: (fault: Fault | undefined) => AsyncIterable<T>,
): AsyncIterable<T> {
  const worker = currentWorker();
  const fault = await meet(disturbance, worker, call);
  for await (const item of open(fault)) {
    if (worker.isKilled) throw killed();
    yield item;
    endBadly(worker, call, fault);
  }
  endBadly(worker, call, fault);
}

/** What happens before an operation has any effect. */
async function meet(disturbance: Disturbance, worker: Worker, call: Call): Promise<Fault | undefined> {
  if (worker.isKilled) throw killed();
  const isCreate = call.operation === 'create' || call.operation === 'compose';
  const fault = disturbance.next(worker.step, call.operation);
  if (fault?.kind === 'disk-full') disturbance.fillDisk(fault.amount + 1);
  if (isCreate && fault?.kind !== 'kill-at-step' && disturbance.isDiskFull()) throw answer(DISK_FULL, call);
  if (fault === undefined) return undefined;
  if (fault.kind === 'kill-at-step' && !fault.done) {
    worker.isKilled = true;
    throw killed();
  }
  if (fault.kind === 'deadline-passed' && !worker.isLate) {
    worker.passDeadline();
    await disturbance.hold(fault.amount);
  }
  const status = STATUSES[fault.kind];
  if (status !== undefined) throw answer(status, call);
  return fault;
}

/** What happens after the operation was done. */
function endBadly(worker: Worker, call: Call, fault: Fault | undefined): void {
  if (fault?.kind === 'kill-at-step') worker.isKilled = true;
  if (worker.isKilled) throw killed();
  if (fault?.kind === 'drop-answer') throw answer(503, call);
  // As a client hears it that sends a create again whose first answer was lost.
  const isRepeat = fault?.kind === 'status-412' && call.options?.ifGenerationMatch !== undefined;
  if (isRepeat) throw answer(412, call);
}

async function* cutBody(body: ObjectBody, bytes: number): AsyncIterable<Uint8Array> {
  if (typeof body === 'string') yield* cut([Buffer.from(body)], bytes);
  else if (body instanceof Uint8Array) yield* cut([body], bytes);
  else yield* cut(body, bytes);
}

/** Shorter content is cut at its end. */
async function* cut(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  bytes: number,
): AsyncIterable<Uint8Array> {
  let left = bytes;
  for await (const chunk of source) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.byteLength;
    if (left <= 0) break;
  }
  throw toStorageError(Object.assign(new Error('cut'), { code: 'ECONNRESET' }), '');
}

function answer(status: number, { operation, name }: Call): unknown {
  if (operation === 'enqueue') return new RetryableError('tasks-unavailable', `injected ${status}`);
  return toStorageError(Object.assign(new Error('injected'), { status }), name);
}

/** Never heard by anybody: the worker is no more. */
function killed(): RetryableError {
  return new RetryableError('storage-unavailable', 'killed');
}
