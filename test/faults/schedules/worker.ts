/** One delivery of a task, known to all that it calls: it can be killed, and it can run past its deadline. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Step } from './fault-schedule.ts';

export class Worker {
  readonly step: Step;
  /** From then on none of its operations has an effect, and its answer counts for nothing. */
  isKilled = false;
  isLate = false;
  /** Resolves when whoever sent the task stops waiting for it. */
  readonly deadline: Promise<void>;
  readonly #passDeadline: () => void;

  constructor(step: Step) {
    this.step = step;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.deadline = promise;
    this.#passDeadline = resolve;
  }

  passDeadline(): void {
    this.isLate = true;
    this.#passDeadline();
  }
}

const workers = new AsyncLocalStorage<Worker>();

export function runAs<T>(worker: Worker, work: () => Promise<T>): Promise<T> {
  return workers.run(worker, work);
}

export function currentWorker(): Worker {
  const worker = workers.getStore();
  if (worker === undefined) throw new Error('an operation of nobody');
  return worker;
}
