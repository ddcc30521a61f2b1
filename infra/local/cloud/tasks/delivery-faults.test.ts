import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTestClock } from '../clock.ts';
import { type DeliveryFaults, deliveryFaultSchema, withDeliveryFaults } from './delivery-faults.ts';
import type { StoredTask } from './task-row.ts';

function open(faults: DeliveryFaults | undefined) {
  const clock = createTestClock(0);
  const sent: string[] = [];
  const sending = withDeliveryFaults({
    clock,
    faults,
    async send({ id }) {
      sent.push(id);
      return { httpStatus: 200, retryAfterMs: undefined };
    },
  });
  const send = (id: string, queue = 'q') =>
    sending.send({ queue, id, dispatchCount: 1 } as unknown as StoredTask);
  return { clock, sent, sending, send };
}

test('without faults, each is sent once and at once', async () => {
  const { sent, send } = open(undefined);
  expect(await send('a')).toMatchObject({ httpStatus: 200 });
  expect(sent).toEqual(['a']);
});

test('duplicates go out together', async () => {
  const { sent, send } = open(({ id }) => (id === 'a' ? { duplicate: 2 } : undefined));
  await send('a');
  await send('b');
  expect(sent).toEqual(['a', 'a', 'a', 'b']);
});

test('a delay is one of the clock', async () => {
  const { clock, sent, sending, send } = open(() => ({ delayMs: 60_000 }));
  const answer = send('a');
  clock.advance(59_999);
  await nextTurn();
  expect(sent).toEqual([]);
  expect(sending.heldCount()).toBe(1);
  clock.advance(1);
  await answer;
  expect(sent).toEqual(['a']);
  expect(sending.heldCount()).toBe(0);
});

test('one that is to be overtaken goes after so many others of its queue, or after a second', async () => {
  const { clock, sent, send } = open(({ id }) => (id.startsWith('late') ? { reorder: 2 } : undefined));
  const late = send('late');
  await send('other', 'r');
  await send('b');
  expect(sent).toEqual(['other', 'b']);
  await send('c');
  await late;
  const alone = send('late-alone');
  await nextTurn();
  expect(sent).toEqual(['other', 'b', 'c', 'late']);
  clock.advance(1000);
  await alone;
  expect(sent.at(-1)).toBe('late-alone');
});

test('a close lets go of what is held, unsent', async () => {
  const { sent, sending, send } = open(() => ({ delayMs: 60_000, reorder: 1 }));
  const answer = send('a');
  sending.close();
  expect(await answer).toEqual({ failure: 'stopped' });
  expect(sent).toEqual([]);
});

test.each([{ duplicate: -1 }, { duplicate: 1e9 }, { delayMs: -1 }, { reorder: 0.5 }, { drop: true }])(
  'refuses %j',
  (fault) => {
    expect(deliveryFaultSchema.safeParse(fault).success).toBe(false);
  },
);

test('an attempt may be given up early, and never late', async () => {
  const deadlines: number[] = [];
  const sending = withDeliveryFaults({
    clock: createTestClock(0),
    faults: ({ id }) => (id === 'none' ? undefined : { deadlineMs: Number(id) }),
    async send({ deadlineMs }) {
      deadlines.push(deadlineMs);
      return { httpStatus: 200, retryAfterMs: undefined };
    },
  });
  for (const id of ['none', '50', '90000']) {
    await sending.send({ queue: 'q', id, dispatchCount: 1, deadlineMs: 15_000 } as unknown as StoredTask);
  }
  expect(deadlines).toEqual([15_000, 50, 15_000]);
});
