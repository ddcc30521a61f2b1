import { expect, test } from 'vitest';
import { createWaitingRoom } from './waiting-room.ts';

const PATIENT_MS = 60_000;

function openWork() {
  const { promise, resolve } = Promise.withResolvers<string>();
  let begun = false;
  const work = (): Promise<string> => {
    begun = true;
    return promise;
  };
  return { work, finish: () => resolve('done'), hasBegun: () => begun };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('one works, places wait in order, one more is told to come back', async () => {
  const room = createWaitingRoom({ places: 1, waitMs: PATIENT_MS });
  const [first, second] = [openWork(), openWork()];
  room.checkOpen();
  const answers = [room.enter(first.work), room.enter(second.work)];
  expect(() => room.checkOpen()).toThrow(expect.objectContaining({ code: 'overloaded', retryAfterMs: 1000 }));
  await turn();
  expect([first.hasBegun(), second.hasBegun()]).toEqual([true, false]);
  first.finish();
  await turn();
  expect(second.hasBegun()).toBe(true);
  second.finish();
  expect(await Promise.all(answers)).toEqual(['done', 'done']);
  room.checkOpen();
});

test('who waits too long is told to come back, never begins, and its place is free', async () => {
  const room = createWaitingRoom({ places: 1, waitMs: 20 });
  const [first, late, next] = [openWork(), openWork(), openWork()];
  const answer = room.enter(first.work);
  await turn();
  await expect(room.enter(late.work)).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 1000 });
  const after = room.enter(next.work);
  first.finish();
  next.finish();
  expect(await Promise.all([answer, after])).toEqual(['done', 'done']);
  expect(late.hasBegun()).toBe(false);
});

test('what it has waited for something else counts', async () => {
  const room = createWaitingRoom({ places: 1, waitMs: PATIENT_MS });
  const first = openWork();
  const answer = room.enter(first.work);
  await turn();
  const late = room.enter(openWork().work, undefined, PATIENT_MS);
  await expect(late).rejects.toMatchObject({ code: 'overloaded' });
  first.finish();
  expect(await answer).toBe('done');
});

test('work that has begun may take longer than one may wait', async () => {
  const room = createWaitingRoom({ places: 1, waitMs: 10 });
  const slow = openWork();
  const answer = room.enter(slow.work);
  await new Promise((resolve) => setTimeout(resolve, 50));
  slow.finish();
  expect(await answer).toBe('done');
});

test('who goes away while it waits never begins, and its place is free', async () => {
  const room = createWaitingRoom({ places: 1, waitMs: PATIENT_MS });
  const [first, gone, next] = [openWork(), openWork(), openWork()];
  const client = new AbortController();
  const answers = [room.enter(first.work)];
  const left = room.enter(gone.work, client.signal);
  client.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  await expect(room.enter(gone.work, client.signal)).rejects.toThrow('gone');
  answers.push(room.enter(next.work));
  first.finish();
  next.finish();
  expect(await Promise.all(answers)).toEqual(['done', 'done']);
  expect(gone.hasBegun()).toBe(false);
});

test('work that fails is told to its caller alone, and the next begins', async () => {
  const room = createWaitingRoom({ places: 1, waitMs: PATIENT_MS });
  const failing = room.enter(() => Promise.reject(new Error('broken')));
  const next = room.enter(() => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('broken');
  expect(await next).toBe('done');
});

test('the longer the turns and the line, the later one is told to come back', async () => {
  let timeMs = 0;
  const room = createWaitingRoom({ places: 1, waitMs: PATIENT_MS, nowMs: () => timeMs });
  const spend = (ms: number) => async (): Promise<void> => {
    timeMs += ms;
  };
  for (let count = 0; count < 100; count++) await room.enter(spend(4_000));
  const blocked = openWork();
  const inside = [room.enter(blocked.work), room.enter(blocked.work)];
  // Two are inside, and one of them will have gone after one turn.
  expect(() => room.checkOpen()).toThrow(
    expect.objectContaining({ retryAfterMs: expect.closeTo(4_000, -1) }),
  );
  blocked.finish();
  await Promise.all(inside);
});
