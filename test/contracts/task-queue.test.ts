/** The task queue contract: in memory, on the local cloud, and on any server that the environment names. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCloudConfig } from '../../infra/local/cloud/cloud-config-file.ts';
import { startLocalCloud } from '../../infra/local/cloud/local-cloud.ts';
import { openGoogleQueue } from '../../shared/tasks/google-task-queue.ts';
import { createMemoryQueue } from '../../shared/tasks/memory-task-queue.ts';
import type { Task } from '../../shared/tasks/task-queue.ts';
import { type ReceivedTask, taskQueueContract } from './task-queue.contract.ts';
import { startBoxes } from './task-queue-boxes.ts';

const WHERE = { projectId: 'pillbox-local', location: 'us-central1' };

taskQueueContract('memory', async () => {
  const queue = createMemoryQueue();
  const waiting: Task[] = [];
  const received: ReceivedTask[] = [];
  return {
    queue,
    received() {
      for (let task = queue.take(); task !== undefined; task = queue.take()) waiting.push(task);
      const isDue = ({ scheduleTime }: Task) => (scheduleTime?.getTime() ?? 0) <= Date.now();
      received.push(...waiting.filter(isDue));
      waiting.splice(0, waiting.length, ...waiting.filter((task) => !isDue(task)));
      return received;
    },
    close: async () => {},
  };
});

taskQueueContract('local cloud, through the official client', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-tasks-'));
  const boxes = await startBoxes();
  const parent = `projects/${WHERE.projectId}/locations/${WHERE.location}`;
  const queues = ['alpha', 'beta'].map((box) => ({ name: `${parent}/queues/${box}` }));
  const cloud = await startLocalCloud({ dir, port: 0, ...parseCloudConfig({ queues }), log: () => {} });
  return {
    queue: openGoogleQueue({ ...WHERE, endpoint: cloud.origin, boxUrl: boxes.boxUrl }),
    received: () => boxes.deliveries,
    async close() {
      await cloud.close();
      await boxes.close();
      await rm(dir, { recursive: true });
    },
  };
});

const { PILLBOX_CONTRACT_TASKS_ENDPOINT: endpoint } = process.env;
if (endpoint !== undefined) {
  // Needs the queues alpha and beta in this project and location, and must reach this machine.
  taskQueueContract(endpoint, async () => {
    const boxes = await startBoxes();
    return {
      queue: openGoogleQueue({ ...WHERE, endpoint, boxUrl: boxes.boxUrl }),
      received: () => boxes.deliveries,
      close: () => boxes.close(),
    };
  });
}
