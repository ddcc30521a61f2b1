import { expect, test } from 'vitest';
import { createMemoryQueue } from './memory-task-queue.ts';

test('tasks wait in order until they are taken, with all that was said of them', async () => {
  const queue = createMemoryQueue();
  const first = { box: 'plan', path: '/sweep', body: {}, key: 'k', scheduleTime: new Date(0) };
  const second = { box: 'shard', path: '/shards', body: { shard: 1 } };
  await queue.enqueue(first);
  await queue.enqueue(second);
  expect(queue.tasks).toEqual([first, second]);
  expect([queue.take(), queue.take(), queue.take()]).toEqual([first, second, undefined]);
});

test('a body is kept as it would be sent', async () => {
  const queue = createMemoryQueue();
  await queue.enqueue({ box: 'plan', path: '/x', body: { at: new Date(0), gone: undefined } });
  expect(queue.take()?.body).toEqual({ at: '1970-01-01T00:00:00.000Z' });
});
