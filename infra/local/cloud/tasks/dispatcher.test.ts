/** When a dispatcher sends a task: once, in order, when it is due, and what steers it. */

import { expect, test } from 'vitest';
import { failed, ok, QUEUE, run, settle, setUp } from './dispatcher.fixture.ts';
import type { Answer } from './sender.ts';

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
