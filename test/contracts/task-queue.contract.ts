/** What every task queue does, whichever adapter stands behind the port. */

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect } from 'vitest';
import { MAX_TASK_BODY_BYTES, type TaskQueue } from '../../shared/tasks/task-queue.ts';
import { describeContract, type KnownFailures } from './describe-contract.ts';

export interface ReceivedTask {
  readonly box: string;
  readonly path: string;
  readonly body: unknown;
}

export interface OpenQueue {
  /** Knows the boxes `alpha` and `beta`, which take every task they are given. */
  readonly queue: TaskQueue;
  /** What the boxes have received so far, in the order of arrival. */
  received(): readonly ReceivedTask[];
  close(): Promise<void>;
}

/** Long enough for a second delivery to show itself. */
const QUIET_MS = 300;

/** Longer than two calls take on a machine that is busy. */
const AHEAD_MS = 4000;

/** @param known what a server of others is known to do otherwise. */
export function taskQueueContract(
  name: string,
  open: () => Promise<OpenQueue>,
  known: KnownFailures = new Map(),
): void {
  describeContract(`task queue: ${name}`, known, (test) => {
    let at: OpenQueue;
    beforeEach(async () => {
      at = await open();
    });
    afterEach(() => at.close());

    /** Waits until so many have arrived, and then whether there come more. */
    async function receivedInAll(count: number): Promise<readonly ReceivedTask[]> {
      await expect.poll(() => at.received().length, { timeout: 60_000 }).toBeGreaterThanOrEqual(count);
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      return at.received();
    }

    test('a task arrives once, at its path, with its body', async () => {
      const body = { job: 'demo', shards: [0, 1], text: 'Grüße ✓', none: null };
      expect(await at.queue.enqueue({ box: 'alpha', path: '/shards', body })).toBe('created');
      expect(await receivedInAll(1)).toMatchObject([{ box: 'alpha', path: '/shards', body }]);
    });

    test('the body is that of the moment of the call', async () => {
      const body = { shard: 1 };
      const enqueued = at.queue.enqueue({ box: 'alpha', path: '/shards', body });
      body.shard = 2;
      await enqueued;
      expect(await receivedInAll(1)).toMatchObject([{ body: { shard: 1 } }]);
    });

    test('without a key, equal tasks are all delivered', async () => {
      const task = { box: 'alpha', path: '/work', body: {} };
      expect(await Promise.all([at.queue.enqueue(task), at.queue.enqueue(task)])).toEqual([
        'created',
        'created',
      ]);
      expect(await receivedInAll(2)).toHaveLength(2);
    });

    test('a key is taken once, also after its task has run', async () => {
      const task = { box: 'alpha', path: '/work', body: {}, key: randomUUID() };
      const outcomes = await Promise.all([1, 2, 3].map(() => at.queue.enqueue(task)));
      expect(outcomes.sort()).toEqual(['already-exists', 'already-exists', 'created']);
      expect(await receivedInAll(1)).toHaveLength(1);
      expect(await at.queue.enqueue({ ...task, body: { other: true } })).toBe('already-exists');
      expect(await receivedInAll(1)).toHaveLength(1);
    });

    test('any string is a key, and each box has its own', async () => {
      const unique = randomUUID();
      const keys = ['', `${unique}/../x`, `${unique} Ünïcode ✓\n`, unique + 'k'.repeat(2000)];
      for (const key of keys) {
        const task = { box: 'alpha', path: '/work', body: { key }, key: `${unique}${key}` };
        expect(await at.queue.enqueue(task)).toBe('created');
      }
      const last = { path: '/work', body: {}, key: `${unique}${keys[0]}` };
      expect(await at.queue.enqueue({ ...last, box: 'beta' })).toBe('created');
      expect(await at.queue.enqueue({ ...last, box: 'alpha' })).toBe('already-exists');
      expect(await receivedInAll(keys.length + 1)).toHaveLength(keys.length + 1);
    });

    test('a body over the limit is refused, one at the limit is not', async () => {
      const padding = MAX_TASK_BODY_BYTES - JSON.stringify({ pad: '' }).length;
      const task = (length: number) => ({ box: 'alpha', path: '/work', body: { pad: 'x'.repeat(length) } });
      await expect(at.queue.enqueue(task(padding + 1))).rejects.toThrow(RangeError);
      expect(await at.queue.enqueue(task(padding))).toBe('created');
      expect(await receivedInAll(1)).toMatchObject([{ body: { pad: 'x'.repeat(padding) } }]);
    });

    test('a scheduled task comes not before its time, and holds up no other', async () => {
      // The first call loads a client, which takes its time.
      await at.queue.enqueue({ box: 'alpha', path: '/first', body: {} });
      await receivedInAll(1);
      const dueMs = Date.now() + AHEAD_MS;
      const scheduled = { box: 'alpha', path: '/later', body: {}, scheduleTime: new Date(dueMs) };
      expect(await at.queue.enqueue(scheduled)).toBe('created');
      await at.queue.enqueue({ box: 'alpha', path: '/now', body: {} });
      await expect.poll(() => at.received().map(({ path }) => path)).toEqual(['/first', '/now']);
      await expect.poll(() => at.received().length, { timeout: 60_000 }).toBe(3);
      expect(Date.now()).toBeGreaterThanOrEqual(dueMs);
    });
  });
}
