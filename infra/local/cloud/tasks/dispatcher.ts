/** Dispatches the tasks of one queue: within its rate and concurrency, and again after a failure. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Timer } from '../clock.ts';
import { describeFailure, judge, statusOf } from './attempt-outcome.ts';
import type { RetryRules } from './backoff.ts';
import { createCongestion } from './congestion.ts';
import type { FaultySending } from './delivery-faults.ts';
import type { DueTasks } from './due-tasks.ts';
import type { Answer } from './sender.ts';
import type { StoredTask } from './task-row.ts';
import { createTokenBucket } from './token-bucket.ts';

const SETTLE_POLL_MS = 2;

/** How long after the state refused to be written, such as on a full disk, it is tried again. */
const STATE_RETRY_MS = 1000;

export interface DispatchRules {
  readonly maxDispatchesPerSecond: number;
  readonly maxBurstSize: number;
  readonly maxConcurrentDispatches: number;
  readonly retry: RetryRules;
}

export interface DispatcherOptions {
  readonly queue: string;
  /** For log lines. */
  readonly label: string;
  readonly rules: DispatchRules;
  readonly paused?: boolean;
  readonly tasks: DueTasks;
  readonly clock: Clock;
  readonly sending: FaultySending;
  readonly log: (line: string) => void;
}

export interface Dispatcher {
  /** Dispatches what is due, also what a stop or a crash cut short. Until then nothing is sent. */
  start(): void;
  /** Looks for due tasks in a moment: to be called after an insert, also inside its transaction. */
  wake(): void;
  configure(rules: DispatchRules): void;
  /** What is under way goes on. */
  setPaused(paused: boolean): void;
  /** Sends a task now, whatever the limits say, also one that is under way; false when it is gone. */
  run(id: string): boolean;
  /** Delivers a task once more, beside what the queue does with it and whatever is answered; false when it is gone. */
  duplicate(id: string): boolean;
  /** Resolves when nothing is under way, but what a fault holds back, and nothing that is due is left to begin. */
  settled(): Promise<void>;
  /** Begins no more attempts; resolves when those under way have ended, their outcome unrecorded. */
  stop(): Promise<void>;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { queue, label, tasks, clock, sending, log } = options;
  let { rules, paused = false } = options;
  let bucket = createTokenBucket(rules.maxDispatchesPerSecond, rules.maxBurstSize, clock.now());
  const congestion = createCongestion();
  const underWay = new Set<Promise<void>>();
  let running = false;
  let isWoken = false;
  let timer: Timer | undefined;

  function wake(): void {
    if (isWoken) return;
    isWoken = true;
    setImmediate(() => {
      isWoken = false;
      dispatchDue();
    });
  }

  /** Starts what may start now, and sets the timer for what comes next. An attempt that ends calls it again. */
  function dispatchDue(): void {
    timer?.[Symbol.dispose]();
    timer = undefined;
    try {
      dispatchWithinLimits();
    } catch (error) {
      logError(error);
      timer = clock.setTimer(STATE_RETRY_MS, dispatchDue);
    }
  }

  function dispatchWithinLimits(): void {
    while (running && !paused && underWay.size < rules.maxConcurrentDispatches) {
      const nowMs = clock.now();
      const limitedMs = Math.max(bucket.waitMs(nowMs), congestion.waitMs(nowMs));
      const task = limitedMs > 0 ? undefined : tasks.claim(queue, nowMs);
      if (task === undefined) {
        const dueMs = tasks.nextDueMs(queue);
        if (dueMs !== undefined) timer = clock.setTimer(Math.max(1, limitedMs, dueMs - nowMs), dispatchDue);
        return;
      }
      bucket.take(nowMs);
      begin(task, nowMs);
    }
  }

  function begin(task: StoredTask, dispatchMs: number): void {
    const attempt = sending
      .send(task)
      .catch((error: unknown): Answer => {
        logError(error);
        return { failure: 'could not be sent' };
      })
      .then((answer) => {
        if (running) settle(task, answer, dispatchMs);
      })
      .catch(logError)
      .finally(() => {
        underWay.delete(attempt);
        dispatchDue();
      });
    underWay.add(attempt);
  }

  function duplicate(id: string): boolean {
    const task = running ? tasks.get(queue, id) : undefined;
    if (task === undefined) return false;
    const copy = sending
      .send({ ...task, dispatchCount: Math.max(1, task.dispatchCount) })
      .then(() => {}, logError)
      .finally(() => {
        underWay.delete(copy);
        dispatchDue();
      });
    underWay.add(copy);
    return true;
  }

  function settle(task: StoredTask, answer: Answer, dispatchMs: number): void {
    const nowMs = clock.now();
    const outcome = judge(rules.retry, task, answer, nowMs);
    if (outcome.kind === 'done') congestion.succeeded();
    if (outcome.kind !== 'done' && outcome.isOverload) {
      congestion.overloaded({ dispatchMs, nowMs, retryAfterMs: outcome.retryAfterMs });
    }
    if (outcome.kind !== 'done') log(`${label}: ${describeFailure(task, answer, outcome)}`);
    record(() => {
      if (outcome.kind !== 'retry') {
        return tasks.finish(task, { nowMs, isDone: outcome.kind === 'done', httpStatus: statusOf(answer) });
      }
      const { failure } = answer;
      tasks.retry(task, { scheduleMs: nowMs + outcome.waitMs, nowMs, httpStatus: statusOf(answer), failure });
    });
  }

  /** Until the outcome is written the task counts as under way: it is neither lost nor attempted anew. */
  function record(write: () => void): void {
    if (!running) return;
    try {
      write();
    } catch (error) {
      logError(error);
      clock.setTimer(STATE_RETRY_MS, () => {
        record(write);
        wake();
      });
    }
  }

  function logError(error: unknown): void {
    log(`${label}: ${error instanceof Error ? error.stack : error}`);
  }

  return {
    start() {
      running = true;
      tasks.release(queue);
      wake();
    },
    wake,
    configure(next) {
      rules = next;
      bucket = createTokenBucket(rules.maxDispatchesPerSecond, rules.maxBurstSize, clock.now());
      wake();
    },
    setPaused(next) {
      paused = next;
      wake();
    },
    run(id) {
      const nowMs = clock.now();
      const task = running ? tasks.claimById(queue, id, nowMs) : undefined;
      if (task === undefined) return duplicate(id);
      begin(task, nowMs);
      return true;
    },
    duplicate,
    async settled() {
      while (running && (isWoken || underWay.size > sending.heldCount())) await sleep(SETTLE_POLL_MS);
    },
    async stop() {
      running = false;
      sending.close();
      dispatchDue();
      await Promise.all(underWay);
    },
  };
}
