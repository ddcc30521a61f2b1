/** The tasks part of the local cloud: Cloud Tasks' v2 REST API, and the dispatch of what it is given. */

import type { DatabaseSync } from 'node:sqlite';
import type { Api } from '../api.ts';
import type { Clock } from '../clock.ts';
import { type DeliveryFaults, withDeliveryFaults } from './delivery-faults.ts';
import { openIdTokens } from './id-tokens.ts';
import { createIdTokensApi } from './id-tokens-api.ts';
import { createInspectionApi } from './inspection-api.ts';
import { openLiveQueues } from './live-queues.ts';
import type { QueueConfig } from './queue-config.ts';
import { sendTask } from './send-task.ts';
import { createSender } from './sender.ts';
import { openTaskTable } from './task-table.ts';
import { createTasksApi } from './tasks-api.ts';

export interface TasksOptions {
  readonly state: DatabaseSync;
  readonly clock: Clock;
  /** Queues to create, or to give this configuration. */
  readonly queues: readonly QueueConfig[];
  /** Who issues the tokens of tasks: the origin of the local cloud, asked while it serves. */
  readonly issuer?: () => string;
  readonly deliveryFaults?: DeliveryFaults | undefined;
  /** Told of failed attempts; never of what a task holds. */
  readonly log: (line: string) => void;
}

export interface Tasks {
  readonly apis: readonly Api[];
  /** Resolves when nothing is under way and nothing is due. */
  settled(): Promise<void>;
  /** Begins to dispatch, first of all what a stop or a crash cut short. */
  start(): void;
  /** Cuts what is under way, which will be dispatched again. The state may be closed afterwards. */
  stop(): Promise<void>;
}

export function createTasks(options: TasksOptions): Tasks {
  const { state, clock, deliveryFaults: faults, issuer = () => 'http://127.0.0.1', log } = options;
  const sender = createSender(clock);
  const tokens = openIdTokens({ state, clock, issuer });
  const queues = openLiveQueues({
    state,
    clock,
    log,
    sendingOf: (config) =>
      withDeliveryFaults({ clock, faults, send: (task) => sendTask({ sender, tokens }, config(), task) }),
  });
  for (const config of options.queues) queues.configure(config);
  return {
    apis: [
      createTasksApi({ queues, tasks: openTaskTable(state), clock }),
      createIdTokensApi(tokens, issuer),
      createInspectionApi({ state, queues, clock }),
    ],
    settled: () => queues.settled(),
    start: () => queues.start(),
    async stop() {
      const stopped = queues.stop();
      sender.close();
      await stopped;
    },
  };
}
