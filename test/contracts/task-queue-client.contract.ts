/** What Google's own tasks client does beyond the port, but a user's tools do: queues, views, pages, on any server. */

import { CloudTasksClient } from '@google-cloud/tasks';
import { PassThroughClient } from 'google-auth-library';
import { afterEach, beforeEach, expect } from 'vitest';
import { describeContract, type KnownFailures } from './describe-contract.ts';
import { type Boxes, startBoxes } from './task-queue-boxes.ts';

export interface OpenTasks {
  readonly client: CloudTasksClient;
  /** Ends the server; the contract closes the client. */
  close(): Promise<void>;
}

const PARENT = 'projects/p/locations/l';
const QUEUE = `${PARENT}/queues/q`;

/** The client over REST. @param origin such as http://127.0.0.1:8788. */
export function restClient(origin: string): CloudTasksClient {
  return new CloudTasksClient({
    fallback: true,
    protocol: 'http',
    apiEndpoint: '127.0.0.1',
    port: Number(new URL(origin).port),
    authClient: new PassThroughClient(),
  });
}

/**
 * @param open gives a server without queues.
 * @param known what a server of others is known to do otherwise.
 */
export function taskQueueClientContract(
  name: string,
  open: () => Promise<OpenTasks>,
  known: KnownFailures = new Map(),
): void {
  describeContract(`tasks client: ${name}`, known, (test) => {
    let boxes: Boxes;
    let at: OpenTasks | undefined;
    let client: CloudTasksClient;

    beforeEach(async () => {
      at = undefined;
      boxes = await startBoxes();
      at = await open();
      client = at.client;
    });

    afterEach(async () => {
      await at?.client.close();
      await at?.close();
      await boxes.close();
    });

    const createQueue = (queue: object = {}) =>
      client.createQueue({ parent: PARENT, queue: { name: QUEUE, ...queue } });

    const createTask = (id: string) =>
      client.createTask({
        parent: QUEUE,
        task: {
          name: `${QUEUE}/tasks/${id}`,
          httpRequest: { url: boxes.boxUrl.replace('{box}', 'alpha/work'), body: Buffer.from('{"a":1}') },
        },
      });

    async function pausedWithTasks(...ids: string[]): Promise<void> {
      await createQueue();
      await client.pauseQueue({ name: QUEUE });
      for (const id of ids) await createTask(id);
    }

    test('a queue has what it was given, and the defaults for the rest', async () => {
      await createQueue({ retryConfig: { maxAttempts: 3 } });
      const [queue] = await client.getQueue({ name: QUEUE });
      expect(queue).toMatchObject({
        state: 'RUNNING',
        rateLimits: { maxDispatchesPerSecond: 500, maxBurstSize: 100, maxConcurrentDispatches: 1000 },
        retryConfig: { maxAttempts: 3, minBackoff: { nanos: 100_000_000 }, maxDoublings: 16 },
      });
    });

    test('a queue that there is is not made again', async () => {
      await createQueue();
      await expect(createQueue()).rejects.toMatchObject({ code: 6 });
    });

    test('a queue is patched by mask', async () => {
      await createQueue({ retryConfig: { maxAttempts: 3 } });
      const [patched] = await client.updateQueue({
        queue: { name: QUEUE, rateLimits: { maxConcurrentDispatches: 2 }, retryConfig: { maxAttempts: 9 } },
        updateMask: { paths: ['rate_limits.max_concurrent_dispatches'] },
      });
      expect(patched).toMatchObject({
        rateLimits: { maxConcurrentDispatches: 2 },
        retryConfig: { maxAttempts: 3 },
      });
    });

    test('a queue is paused, and resumed', async () => {
      await createQueue();
      expect((await client.pauseQueue({ name: QUEUE }))[0].state).toBe('PAUSED');
      expect((await client.resumeQueue({ name: QUEUE }))[0].state).toBe('RUNNING');
    });

    test('queues are listed page by page', async () => {
      await createQueue();
      await client.createQueue({ parent: PARENT, queue: { name: `${PARENT}/queues/r` } });
      const [first, next] = await client.listQueues({ parent: PARENT, pageSize: 1 }, { autoPaginate: false });
      expect(first.map((queue) => queue.name)).toEqual([QUEUE]);
      const [second] = await client.listQueues({ ...next, parent: PARENT }, { autoPaginate: false });
      expect(second.map((queue) => queue.name)).toEqual([`${PARENT}/queues/r`]);
    });

    test('a deleted queue is not found', async () => {
      await createQueue();
      await client.deleteQueue({ name: QUEUE });
      await expect(client.getQueue({ name: QUEUE })).rejects.toMatchObject({ code: 5 });
    });

    test('a task needs its queue', async () => {
      await expect(createTask('a')).rejects.toMatchObject({ code: 5 });
    });

    test('the name of a task is taken once', async () => {
      await pausedWithTasks('a');
      await expect(createTask('a')).rejects.toMatchObject({ code: 6 });
    });

    test('a task is shown without its body', async () => {
      await pausedWithTasks('a');
      const [basic] = await client.getTask({ name: `${QUEUE}/tasks/a` });
      expect(basic).toMatchObject({ view: 'BASIC', dispatchCount: 0, httpRequest: { httpMethod: 'POST' } });
      expect(basic.httpRequest?.body).toHaveLength(0);
    });

    test('and with it, to who asks for all', async () => {
      await pausedWithTasks('a');
      const [full] = await client.getTask({ name: `${QUEUE}/tasks/a`, responseView: 'FULL' });
      expect(String(full.httpRequest?.body)).toBe('{"a":1}');
    });

    test('tasks are listed page by page', async () => {
      await pausedWithTasks('a', 'b', 'c');
      const [first, next] = await client.listTasks({ parent: QUEUE, pageSize: 2 }, { autoPaginate: false });
      expect(first.map((task) => task.name)).toEqual(['a', 'b'].map((id) => `${QUEUE}/tasks/${id}`));
      const [second] = await client.listTasks({ ...next, parent: QUEUE }, { autoPaginate: false });
      expect(second.map((task) => task.name)).toEqual([`${QUEUE}/tasks/c`]);
    });

    test('a task is run out of its turn', async () => {
      await pausedWithTasks('b');
      const [run] = await client.runTask({ name: `${QUEUE}/tasks/b` });
      expect(run.dispatchCount).toBe(1);
      await expect
        .poll(() => boxes.deliveries)
        .toMatchObject([{ box: 'alpha', path: '/work', body: { a: 1 } }]);
    });

    test('tasks are deleted, and purged', async () => {
      await pausedWithTasks('a', 'b', 'c');
      await client.deleteTask({ name: `${QUEUE}/tasks/c` });
      await expect(client.getTask({ name: `${QUEUE}/tasks/c` })).rejects.toMatchObject({ code: 5 });
      await client.purgeQueue({ name: QUEUE });
      await expect.poll(async () => (await client.listTasks({ parent: QUEUE }))[0]).toEqual([]);
    });
  });
}
