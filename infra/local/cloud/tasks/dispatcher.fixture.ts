/** What the tests of the dispatcher share: one over a database, a clock and a target of their own. */

import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, createTestClock, type TestClock } from '../clock.ts';
import { createDispatcher, type DispatchRules } from './dispatcher.ts';
import { openDueTasks } from './due-tasks.ts';
import type { Answer } from './sender.ts';
import type { StoredTask } from './task-row.ts';
import { openTaskTable } from './task-table.ts';

export const QUEUE = 'projects/p/locations/l/queues/q';

const RULES: DispatchRules = {
  maxDispatchesPerSecond: 500,
  maxBurstSize: 100,
  maxConcurrentDispatches: 100,
  retry: { maxAttempts: 5, maxRetryMs: 0, minBackoffMs: 1000, maxBackoffMs: 3000, maxDoublings: 1 },
};

type Reply = (task: StoredTask, count: number) => Answer | Promise<Answer>;

/** A dispatcher over a database of its own, a clock that the test moves, and a target that is a function. */
export function setUp(reply: Reply, rules: Partial<DispatchRules> = {}) {
  const clock = createTestClock(0);
  const state = new DatabaseSync(':memory:');
  const table = openTaskTable(state);
  const sent: { id: string; atMs: number; attempt: number }[] = [];
  const lines: string[] = [];
  let timersSet = 0;
  const countingClock: Clock = {
    now: clock.now,
    setTimer(delayMs, run) {
      timersSet += 1;
      return clock.setTimer(delayMs, run);
    },
  };
  const open = () =>
    createDispatcher({
      queue: QUEUE,
      label: 'queue q',
      rules: { ...RULES, ...rules },
      tasks: openDueTasks(state),
      clock: countingClock,
      sending: {
        async send(task) {
          sent.push({ id: task.id, atMs: clock.now(), attempt: task.dispatchCount });
          return reply(task, sent.length);
        },
        heldCount: () => 0,
        close() {},
      },
      log: (line) => lines.push(line),
    });
  const dispatcher = open();
  return {
    clock,
    state,
    table,
    sent,
    lines,
    dispatcher,
    open,
    timersSet: () => timersSet,
    add(id: string, scheduleMs = 0) {
      const request = { url: 'http://127.0.0.1/', method: 'POST', headers: {} };
      const task = { queue: QUEUE, id, named: true, request, scheduleMs, deadlineMs: 1000 };
      const stored = table.insert({ ...task, body: Buffer.from('{}') }, clock.now());
      dispatcher.wake();
      return stored;
    },
  };
}

/** Lets woken dispatchers and answered attempts run, then moves the clock in steps, each time letting them run. */
export async function run(clock: TestClock, forMs: number, stepMs = 100): Promise<void> {
  await settle();
  for (let ms = 0; ms < forMs; ms += stepMs) {
    clock.advance(stepMs);
    await settle();
  }
}

export async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await nextTurn();
}

export const ok: Answer = { httpStatus: 200, retryAfterMs: undefined };
export const failed: Answer = { httpStatus: 500, retryAfterMs: undefined };
