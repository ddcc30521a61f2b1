/** The task queue contracts on emulators of others: what they do as ours, and the lists of what they do not. */

import { describe, test } from 'vitest';
import { openGoogleQueue } from '../../shared/tasks/google-task-queue.ts';
import { type OpenQueue, taskQueueContract } from '../contracts/task-queue.contract.ts';
import { startBoxes } from '../contracts/task-queue-boxes.ts';
import { restClient, taskQueueClientContract } from '../contracts/task-queue-client.contract.ts';
import { grpcClient, startBridge } from './grpc-tasks.ts';
import { knownFailures } from './known-differences.ts';
import {
  GRPC_TASKS_EMULATOR,
  startGrpcTasksEmulator,
  startTasksEmulator,
  TASKS_EMULATOR,
} from './other-clouds.ts';

const WHERE = { projectId: 'p', location: 'us-central1' };
const QUEUES = ['alpha', 'beta'].map((box) => `projects/p/locations/us-central1/queues/${box}`);

if (TASKS_EMULATOR === undefined) {
  describe.skip('cloud-tasks-emulator: PILLBOX_TASKS_EMULATOR names no program', () =>
    test('contracts', () => {}));
} else overRest('cloud-tasks-emulator', TASKS_EMULATOR);

if (GRPC_TASKS_EMULATOR === undefined) {
  describe.skip('gcloud-tasks-emulator: PILLBOX_GRPC_TASKS_EMULATOR names no program', () =>
    test('contracts', () => {}));
} else overGrpc('gcloud-tasks-emulator', GRPC_TASKS_EMULATOR);

function overRest(server: 'cloud-tasks-emulator', program: string): void {
  const openQueueThere = async () => {
    const { origin, close } = await startTasksEmulator(program, QUEUES);
    return openQueue(origin, close);
  };
  taskQueueContract(server, openQueueThere, knownFailures(server, 'task queue'));
  const openClient = async () => {
    const { origin, close } = await startTasksEmulator(program);
    return { client: restClient(origin), close };
  };
  taskQueueClientContract(server, openClient, knownFailures(server, 'tasks client'));
}

function overGrpc(server: 'gcloud-tasks-emulator', program: string): void {
  const openQueueThere = async () => {
    const emulator = await startGrpcTasksEmulator(program, QUEUES);
    const client = grpcClient(emulator.origin);
    const bridge = await startBridge(client);
    return openQueue(bridge.origin, async () => {
      await bridge.close();
      await client.close();
      await emulator.close();
    });
  };
  taskQueueContract(server, openQueueThere, knownFailures(server, 'task queue'));
  const openClient = async () => {
    const { origin, close } = await startGrpcTasksEmulator(program);
    return { client: grpcClient(origin), close };
  };
  taskQueueClientContract(server, openClient, knownFailures(server, 'tasks client'));
}

async function openQueue(endpoint: string, closeServer: () => Promise<void>): Promise<OpenQueue> {
  const boxes = await startBoxes();
  return {
    queue: openGoogleQueue({ ...WHERE, endpoint, boxUrl: boxes.boxUrl }),
    received: () => boxes.deliveries,
    async close() {
      await closeServer();
      await boxes.close();
    },
  };
}
