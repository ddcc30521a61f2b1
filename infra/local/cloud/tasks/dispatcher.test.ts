import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Clock, createTestClock, type TestClock } from '../clock.ts';
import { createDispatcher, type DispatchRules } from './dispatcher.ts';
import { openDueTasks } from './due-tasks.ts';
import type { Answer } from './sender.ts';
import type { StoredTask } from './task-row.ts';
import { openTaskTable } from './task-table.ts';

const QUEUE = 'projects/p/locations/l/queues/q';

const RULES: DispatchRules = {
  maxDispatchesPerSecond: 500,
  maxBurstSize: 100,
  maxConcurrentDispatches: 100,
  retry: { maxAttempts: 5, maxRetryMs: 0, minBackoffMs: 1000, maxBackoffMs: 3000, maxDoublings: 1 },
};

type Reply = (task: StoredTask, count: number) => Answer | Promise<Answer>;

/** A dispatcher over a database of its own, a clock that the test moves, and a target that is a function. */
function setUp(reply: Reply, rules: Partial<DispatchRules> = {}) {
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
async function run(clock: TestClock, forMs: number, stepMs = 100): Promise<void> {
  await settle();
  for (let ms = 0; ms < forMs; ms += stepMs) {
    clock.advance(stepMs);
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await nextTurn();
}

const ok: Answer = { httpStatus: 200, retryAfterMs: undefined };
const failed: Answer = { httpStatus: 500, retryAfterMs: undefined };

test('nothing before the start; then each task once, in the order of their times', async () => {
  const { add, clock, dispatcher, sent, table } = setUp(() => ok);
  add('b', 20);
  add('a', 10);
  add('c', 10);
  await run(clock, 100);
  expect(sent).toEqual([]);
  dispatcher.start();
  await run(clock, 1000);
  expect(sent.map(({ id }) => id)).toEqual(['a', 'c', 'b']);
  expect(table.page(QUEUE, '', 10)).toEqual([]);
});

test('a task is picked up at once while another waits for its time, with one timer and no polling', async () => {
  const { add, clock, dispatcher, sent, timersSet } = setUp(() => ok);
  dispatcher.start();
  add('later', 3_600_000);
  await settle();
  add('now');
  await settle();
  expect(sent).toEqual([{ id: 'now', atMs: 0, attempt: 1 }]);
  await run(clock, 3_599_900, 3_599_900);
  expect(sent).toHaveLength(1);
  await run(clock, 200);
  expect(sent[1]).toEqual({ id: 'later', atMs: 3_600_000, attempt: 1 });
  expect(timersSet()).toBeLessThanOrEqual(3);
});

test('failures are retried with back-off until the attempts are spent, which the log says', async () => {
  const { add, clock, dispatcher, sent, lines, table } = setUp(() => failed);
  dispatcher.start();
  add('poor');
  await run(clock, 60_000);
  expect(sent.map(({ atMs }) => atMs)).toEqual([0, 1000, 3000, 6000, 9000]);
  expect(table.get(QUEUE, 'poor')).toBeUndefined();
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe('queue q: attempt 1 of poor failed (HTTP 500), next in 1 s');
  expect(lines[4]).toBe('queue q: attempt 5 of poor failed (HTTP 500), given up');
});

test.each([
  ['a redirect', { httpStatus: 302, retryAfterMs: undefined }],
  ['a refusal', { httpStatus: 404, retryAfterMs: undefined }],
  ['a dead target', { failure: 'ECONNREFUSED' }],
] as const)('%s is a failure; 204 afterwards ends the task', async (_, first) => {
  const { add, clock, dispatcher, sent } = setUp((_task, count) =>
    count === 1 ? first : { httpStatus: 204, retryAfterMs: undefined },
  );
  dispatcher.start();
  add('t');
  await run(clock, 30_000);
  expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2]);
});

test('no more at a time than allowed', async () => {
  const open = new Set<() => void>();
  let most = 0;
  const { add, clock, dispatcher, sent } = setUp(
    () =>
      new Promise((resolve) => {
        const answer = () => {
          open.delete(answer);
          resolve(ok);
        };
        open.add(answer);
        most = Math.max(most, open.size);
      }),
    { maxConcurrentDispatches: 3 },
  );
  dispatcher.start();
  for (let i = 0; i < 10; i++) add(`t${i}`);
  for (let i = 0; i < 20; i++) {
    await run(clock, 0);
    [...open][0]?.();
  }
  expect(sent).toHaveLength(10);
  expect(most).toBe(3);
});

test('no faster than the rate', async () => {
  const { add, clock, dispatcher, sent } = setUp(() => ok, { maxDispatchesPerSecond: 2, maxBurstSize: 2 });
  dispatcher.start();
  for (let i = 0; i < 6; i++) add(`t${i}`);
  await run(clock, 5000);
  expect(sent.map(({ atMs }) => atMs)).toEqual([0, 0, 500, 1000, 1500, 2000]);
});

test('503 with Retry-After holds up the whole queue', async () => {
  const { add, clock, dispatcher, sent } = setUp((task, count) =>
    task.id === 'busy' && count === 1 ? { httpStatus: 503, retryAfterMs: 4000 } : ok,
  );
  dispatcher.start();
  add('busy');
  await settle();
  add('other');
  await run(clock, 10_000);
  expect(sent).toEqual([
    { id: 'busy', atMs: 0, attempt: 1 },
    { id: 'other', atMs: 4000, attempt: 1 },
    { id: 'busy', atMs: 4000, attempt: 2 },
  ]);
});

test('a paused queue sends nothing by itself, but what it is told to run', async () => {
  const { add, clock, dispatcher, sent } = setUp(() => ok);
  dispatcher.start();
  dispatcher.setPaused(true);
  add('a');
  add('b', 60_000);
  await run(clock, 1000);
  expect(sent).toEqual([]);
  expect(dispatcher.run('b')).toBe(true);
  // Also while it is under way, as Cloud Tasks does.
  expect(dispatcher.run('b')).toBe(true);
  expect(dispatcher.run('absent')).toBe(false);
  await settle();
  expect(sent.map(({ id, attempt }) => [id, attempt])).toEqual([
    ['b', 1],
    ['b', 1],
  ]);
  dispatcher.setPaused(false);
  await run(clock, 1000);
  expect(sent.map(({ id }) => id)).toEqual(['b', 'b', 'a']);
});

test('a duplicate is delivered beside the attempts, and changes nothing, whatever is answered', async () => {
  const { add, clock, dispatcher, sent, table } = setUp((_task, count) => (count === 1 ? ok : failed));
  dispatcher.start();
  add('t', 60_000);
  expect(dispatcher.duplicate('t')).toBe(true);
  await settle();
  expect(sent).toEqual([{ id: 't', atMs: 0, attempt: 1 }]);
  expect(table.get(QUEUE, 't')).toMatchObject({ dispatchCount: 0, scheduleMs: 60_000 });
  await run(clock, 60_000);
  expect(dispatcher.duplicate('absent')).toBe(false);
  expect(sent[1]).toEqual({ id: 't', atMs: 60_000, attempt: 1 });
});

test('hours of back-off: exponential, then linear, until both limits are spent', async () => {
  const hourMs = 3_600_000;
  const retry = {
    maxAttempts: 3,
    maxRetryMs: 20 * hourMs,
    minBackoffMs: hourMs,
    maxBackoffMs: 5 * hourMs,
    maxDoublings: 1,
  };
  const { add, clock, dispatcher, sent, table } = setUp(() => failed, { retry });
  dispatcher.start();
  add('t');
  await run(clock, 40 * hourMs, hourMs / 4);
  // 1, 2, 4, then 5 hours; the attempts were spent after three, the time only then.
  expect(sent.map(({ atMs }) => atMs / hourMs)).toEqual([0, 1, 3, 7, 12, 17, 22]);
  expect(table.get(QUEUE, 't')).toBeUndefined();
});

test('what cannot even be sent is a failed attempt', async () => {
  const { add, clock, dispatcher, lines, sent } = setUp((_task, count) =>
    count === 1 ? Promise.reject(new Error('no token')) : ok,
  );
  dispatcher.start();
  add('t');
  await run(clock, 2000);
  expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(lines).toEqual([expect.stringContaining('no token'), expect.stringContaining('could not be sent')]);
});

test('what a stop cuts short is sent again by the next start, and counted', async () => {
  let answer = (_: Answer) => {};
  const { add, clock, dispatcher, open, sent, table } = setUp((_task, count) =>
    count === 1
      ? new Promise((resolve) => {
          answer = resolve;
        })
      : ok,
  );
  dispatcher.start();
  add('t');
  await settle();
  const stopped = dispatcher.stop();
  answer(ok);
  await stopped;
  expect(table.get(QUEUE, 't')).toMatchObject({ dispatchCount: 1, responseCount: 0 });
  open().start();
  await run(clock, 1000);
  expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(table.get(QUEUE, 't')).toBeUndefined();
});

test('a task that is deleted while it is under way stays deleted when it fails', async () => {
  let answer = (_: Answer) => {};
  const { add, clock, dispatcher, sent, table } = setUp(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  dispatcher.start();
  add('t');
  await settle();
  expect(table.remove(QUEUE, 't', clock.now())).toBe(true);
  answer(failed);
  await run(clock, 60_000);
  expect(sent).toHaveLength(1);
  expect(table.get(QUEUE, 't')).toBeUndefined();
});

test('the name of a task stays taken for an hour after it has run', async () => {
  const { add, clock, dispatcher, sent } = setUp(() => ok);
  dispatcher.start();
  expect(add('t')).toBeDefined();
  expect(add('t')).toBeUndefined();
  await settle();
  clock.advance(3_599_999);
  expect(add('t')).toBeUndefined();
  clock.advance(1);
  expect(add('t')).toBeDefined();
  await settle();
  expect(sent).toHaveLength(2);
});

/** No outcome of an attempt can be written from now on; `mend` ends that. */
function fillDisk(state: DatabaseSync) {
  for (const change of ['DELETE', 'UPDATE OF schedule_ms']) {
    state.exec(`
      CREATE TEMP TRIGGER "full ${change}" BEFORE ${change} ON tasks
      BEGIN SELECT RAISE(ABORT, 'disk is full'); END
    `);
  }
  return {
    mend: () => state.exec('DROP TRIGGER "full DELETE"; DROP TRIGGER "full UPDATE OF schedule_ms"'),
  };
}

test.each([
  ['a success', ok, 1],
  ['a failure', failed, 2],
])('%s that cannot be recorded is recorded when it can', async (_, first, attempts) => {
  const { add, clock, dispatcher, sent, lines, state, table } = setUp((_task, count) =>
    count === 1 ? first : ok,
  );
  dispatcher.start();
  add('t');
  const disk = fillDisk(state);
  await run(clock, 2500);
  expect(sent).toHaveLength(1);
  expect(lines.filter((line) => /^queue q: Error: disk is full/.test(line))).toHaveLength(3);
  disk.mend();
  await run(clock, 1000);
  expect(sent).toHaveLength(attempts);
  expect(table.get(QUEUE, 't')).toBeUndefined();
});

test('a stop gives up an outcome that cannot be recorded', async () => {
  const { add, clock, dispatcher, lines, state } = setUp(() => ok);
  dispatcher.start();
  add('t');
  fillDisk(state);
  await settle();
  expect(lines).toHaveLength(1);
  await dispatcher.stop();
  state.close();
  await run(clock, 5000);
  expect(lines).toHaveLength(1);
});

test('an attempt that cannot be begun is begun when it can', async () => {
  const { add, clock, dispatcher, sent, lines, state } = setUp(() => ok);
  dispatcher.start();
  add('t');
  state.exec('PRAGMA query_only = ON');
  await run(clock, 2500);
  expect(sent).toEqual([]);
  expect(lines).toHaveLength(3);
  state.exec('PRAGMA query_only = OFF');
  await run(clock, 1000);
  expect(sent).toEqual([{ id: 't', atMs: 3000, attempt: 1 }]);
});
