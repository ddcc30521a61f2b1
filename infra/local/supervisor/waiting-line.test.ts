import { expect, test } from 'vitest';
import { WaitingLine } from './waiting-line.ts';

const never = new AbortController().signal;

test('first come, first served', async () => {
  const line = new WaitingLine<string>({ maxWaiting: 5, waitMs: 10_000 });
  const places = [line.join(never), line.join(never)];
  line.serveFirst(() => 'a');
  line.serveFirst(() => 'b');
  expect(await Promise.all(places)).toEqual(['a', 'b']);
  expect(line.length).toBe(0);
});

test('no place is made when nobody waits', () => {
  const line = new WaitingLine<string>({ maxWaiting: 5, waitMs: 10_000 });
  line.serveFirst(() => {
    throw new Error('made');
  });
});

test('one too many is refused at once, the others keep waiting', async () => {
  const line = new WaitingLine<string>({ maxWaiting: 1, waitMs: 10_000 });
  const first = line.join(never);
  await expect(line.join(never)).rejects.toMatchObject({ status: 429, code: 'no-instance-free' });
  line.serveFirst(() => 'a');
  expect(await first).toBe('a');
});

test('who waits too long is refused, with the time after which to come back', async () => {
  const line = new WaitingLine<string>({ maxWaiting: 5, waitMs: 20 });
  const error = await line.join(never).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 429, options: { headers: { 'retry-after': '1' } } });
  expect(line.length).toBe(0);
});

test('who goes away leaves the line', async () => {
  const line = new WaitingLine<string>({ maxWaiting: 5, waitMs: 10_000 });
  const gone = new AbortController();
  const first = line.join(gone.signal);
  const second = line.join(never);
  gone.abort(new Error('gone'));
  await expect(first).rejects.toThrow('gone');
  line.serveFirst(() => 'a');
  expect(await second).toBe('a');
  await expect(line.join(gone.signal)).rejects.toThrow('gone');
});

test('all are refused together', async () => {
  const line = new WaitingLine<string>({ maxWaiting: 5, waitMs: 10_000 });
  const waiting = Promise.allSettled([line.join(never), line.join(never)]);
  line.refuseAll(new Error('stopping'));
  expect((await waiting).map((result) => result.status)).toEqual(['rejected', 'rejected']);
  expect(line.length).toBe(0);
});
