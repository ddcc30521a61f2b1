/** How deliveries of tasks and events are made to misbehave on request: sent twice, late, out of order, or given up early. */

import * as z from 'zod';
import type { Clock } from '../clock.ts';
import type { Answer } from './sender.ts';
import type { StoredTask } from './task-row.ts';

/** A delivery that waits to be overtaken goes out by then, when nothing comes to overtake it. */
const OVERTAKEN_WITHIN_MS = 1_000;

export interface Delivery {
  /** A queue's name, or that of an event subscription. */
  readonly queue: string;
  readonly id: string;
  /** 1 for the first. */
  readonly attempt: number;
}

export interface DeliveryFault {
  /** How many more copies are sent at the same time; the answer of the first counts. */
  readonly duplicate?: number | undefined;
  /** On the clock; it does not count against the deadline. */
  readonly delayMs?: number | undefined;
  /** Sent after this many later deliveries of its queue, or when a second has passed. Needs a queue of some concurrency. */
  readonly reorder?: number | undefined;
  /** In place of the task's own, where that is longer: the attempt is given up then, while its target may be at work. */
  readonly deadlineMs?: number | undefined;
}

/** Asked before each attempt. */
export type DeliveryFaults = (delivery: Delivery) => DeliveryFault | undefined;

/** The same for every delivery, as a configuration states it. Without a deadline: no attempt would ever be in time. */
export const deliveryFaultSchema = z.strictObject({
  duplicate: z.int().min(0).max(100).optional(),
  delayMs: z.number().min(0).optional(),
  reorder: z.int().min(0).max(1000).optional(),
});

export interface FaultySending {
  send(task: StoredTask): Promise<Answer>;
  /** How many are held back. */
  heldCount(): number;
  /** Lets go of what is held back, unsent. */
  close(): void;
}

/** Wraps the sending of attempts. @param options.faults absent = none. */
export function withDeliveryFaults(options: {
  clock: Clock;
  faults: DeliveryFaults | undefined;
  send: (task: StoredTask) => Promise<Answer>;
}): FaultySending {
  const { clock, faults, send } = options;
  const held = new Set<Held>();
  let isClosed = false;

  /** Until `delayMs` have passed, or so many later deliveries of the queue. */
  function hold(queue: string, delayMs: number, overtakings: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        timer[Symbol.dispose]();
        held.delete(one);
        resolve();
      };
      const timer = clock.setTimer(delayMs, end);
      const one: Held = { queue, overtakings, end };
      held.add(one);
    });
  }

  function overtake(queue: string): void {
    for (const one of [...held]) {
      if (one.queue !== queue || one.overtakings === 0) continue;
      one.overtakings -= 1;
      if (one.overtakings === 0) one.end();
    }
  }

  return {
    async send(task) {
      const { queue, id, dispatchCount: attempt } = task;
      const fault = faults?.({ queue, id, attempt }) ?? {};
      const { duplicate = 0, delayMs = 0, reorder = 0, deadlineMs = task.deadlineMs } = fault;
      if (delayMs > 0) await hold(queue, delayMs, 0);
      if (reorder > 0 && !isClosed) await hold(queue, OVERTAKEN_WITHIN_MS, reorder);
      if (isClosed) return { failure: 'stopped' };
      const sent = { ...task, deadlineMs: Math.min(deadlineMs, task.deadlineMs) };
      const first = send(sent);
      const copies = Array.from({ length: duplicate }, () => send(sent));
      const answer = await first;
      await Promise.all(copies);
      // Only what has been answered has surely arrived before those it overtakes.
      if (faults !== undefined) overtake(queue);
      return answer;
    },
    heldCount: () => held.size,
    close() {
      isClosed = true;
      for (const { end } of [...held]) end();
    },
  };
}

interface Held {
  readonly queue: string;
  /** How many are still to pass; 0 = it waits for its time alone. */
  overtakings: number;
  readonly end: () => void;
}
