/** Delivers the event of a job and all tasks that follow, at least once, badly, until nothing waits and nobody works. */

import type { MemoryTaskQueue } from '../../../shared/tasks/memory-task-queue.ts';
import type { PipelineRun } from '../../fixtures/pipeline/pipeline-run.ts';
import type { Disturbance } from './disturbance.ts';
import type { Step } from './fault-schedule.ts';
import { runAs, Worker } from './worker.ts';

/** An undisturbed job takes 13, or 28 with a join. */
const MAX_DELIVERIES = 600;

export interface Delivering {
  readonly run: PipelineRun;
  readonly queue: MemoryTaskQueue;
  readonly disturbance: Disturbance;
}

interface Delivery {
  readonly step: Step;
  /** For a later time, which comes when nothing else is left. */
  readonly isLater: boolean;
  /** It does not come before this many deliveries were made. */
  readonly notBefore: number;
  send(): Promise<Response>;
}

/** Throws when tasks are retried for ever. Returns the number of deliveries. */
export function deliverAll(delivering: Delivering): Promise<number> {
  return new Courier(delivering).deliverAll();
}

class Courier {
  readonly #run: PipelineRun;
  readonly #queue: MemoryTaskQueue;
  readonly #disturbance: Disturbance;
  readonly #waiting: Delivery[];
  /** The work of those whose deadline has passed. */
  readonly #late: Promise<unknown>[] = [];
  #delivered = 0;

  constructor({ run, queue, disturbance }: Delivering) {
    this.#run = run;
    this.#queue = queue;
    this.#disturbance = disturbance;
    const send = () => run.sendEvent('demo');
    this.#waiting = [{ step: 'plan/events/storage', isLater: false, notBefore: 0, send }];
  }

  async deliverAll(): Promise<number> {
    for (;;) {
      this.#takeNew();
      // A sweep's hour comes when everybody who was late has ended, too.
      if (this.#late.length > 0 && this.#waiting.every(({ isLater }) => isLater)) {
        this.#disturbance.releaseAll();
        await Promise.all(this.#late.splice(0));
      } else {
        const delivery = this.#takeNext();
        if (delivery === undefined) return this.#delivered;
        await this.#deliverBadly(delivery);
      }
    }
  }

  #takeNew(): void {
    for (let task = this.#queue.take(); task !== undefined; task = this.#queue.take()) {
      const sent = task;
      const isLater = task.scheduleTime !== undefined;
      const send = () => this.#run.deliver(sent);
      this.#waiting.push({ step: task.box + task.path, isLater, notBefore: 0, send });
    }
  }

  /** The oldest that is due; a delayed one when no other is; one for later when there is none of those either. */
  #takeNext(): Delivery | undefined {
    const due = this.#waiting.findIndex(({ isLater, notBefore }) => !isLater && notBefore <= this.#delivered);
    const delayed = this.#waiting.findIndex(({ isLater }) => !isLater);
    return this.#waiting.splice(Math.max(due >= 0 ? due : delayed, 0), 1)[0];
  }

  async #deliverBadly(delivery: Delivery): Promise<void> {
    const fault = this.#disturbance.next(delivery.step, 'deliver');
    if (fault === undefined) return this.#deliver(delivery);
    const delayed = { ...delivery, notBefore: this.#delivered + 1 + fault.amount };
    if (fault.kind === 'delay') {
      this.#waiting.push(delayed);
    } else if (fault.kind === 'reorder') {
      const [other] = this.#waiting.splice(fault.amount % Math.max(1, this.#waiting.length), 1);
      if (other !== undefined) await this.#deliver(other);
      this.#waiting.unshift(delivery);
    } else if (fault.amount === 0) {
      await Promise.all([this.#deliver(delivery), this.#deliver(delivery)]);
    } else {
      this.#waiting.push(delayed);
      await this.#deliver(delivery);
    }
  }

  /** It waits again when the answer is not 2xx, or does not come. */
  async #deliver(delivery: Delivery): Promise<void> {
    const worker = new Worker(delivery.step);
    if (++this.#delivered > MAX_DELIVERIES) throw new Error(`${delivery.step} is retried for ever`);
    const work = runAs(worker, delivery.send);
    const status = await Promise.race([work.then((answer) => answer.status), worker.deadline]);
    if (status === undefined) this.#late.push(work);
    if (worker.isKilled || status === undefined || status >= 300) this.#waiting.push(delivery);
  }
}
