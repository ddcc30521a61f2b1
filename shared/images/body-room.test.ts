import { expect, test } from 'vitest';
import { createBodyRoom } from './body-room.ts';

const never = new AbortController().signal;
const room = () => createBodyRoom({ bytes: 100, places: 1, waitMs: 60_000 });

test('bodies come in as they fit together, and one more than may wait is told to come back', async () => {
  const bodies = room();
  const first = await bodies.enter(60, never);
  let isIn = false;
  const large = bodies.enter(50, never).then((lease) => {
    isIn = true;
    return lease;
  });
  await expect(bodies.enter(50, never)).rejects.toMatchObject({ code: 'overloaded' });
  expect(isIn).toBe(false);
  first[Symbol.dispose]();
  (await large)[Symbol.dispose]();
});

test('one that is larger than the room is read alone', async () => {
  const bodies = room();
  (await bodies.enter(1_000, never))[Symbol.dispose]();
  const first = await bodies.enter(1, never);
  const gone = new AbortController();
  const large = bodies.enter(1_000, gone.signal);
  gone.abort(new Error('gone'));
  await expect(large).rejects.toThrow('gone');
  first[Symbol.dispose]();
});

test('beginnings are counted until they are over, each once', () => {
  const bodies = room();
  const begun = Array.from({ length: 64 }, () => bodies.begin());
  const refused = expect.objectContaining({ code: 'overloaded', retryAfterMs: 1_000 });
  expect(() => bodies.begin()).toThrow(refused);
  begun[0]?.[Symbol.dispose]();
  begun[0]?.[Symbol.dispose]();
  bodies.begin();
  expect(() => bodies.begin()).toThrow(refused);
});
