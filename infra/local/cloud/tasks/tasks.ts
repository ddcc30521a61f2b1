/** The tasks part of the local cloud: Cloud Tasks' v2 REST API, and the dispatch of what it is given. */

import type { DatabaseSync } from 'node:sqlite';
import type { Api } from '../api.ts';
import type { Clock } from '../clock.ts';
import { openLiveQueues } from './live-queues.ts';
import type { QueueConfig } from './queue-config.ts';
import { createSender } from './sender.ts';
import { openTaskTable } from './task-table.ts';
import { createTasksApi } from './tasks-api.ts';

export interface TasksOptions {
  readonly state: DatabaseSync;
  readonly clock: Clock;
  /** Queues to create, or to give this configuration. */
  readonly queues: readonly QueueConfig[];
  /** Told of failed attempts; never of what a task holds. */
  readonly log: (line: string) => void;
}

export interface Tasks {
  readonly api: Api;
  /** Begins to dispatch, first of all what a stop or a crash cut short. */
  start(): void;
  /** Cuts what is under way, which will be dispatched again. The state may be closed afterwards. */
  stop(): Promise<void>;
}

export function createTasks({ state, clock, queues: configs, log }: TasksOptions): Tasks {
  const sender = createSender(clock);
  const queues = openLiveQueues({ state, clock, sender, log });
  for (const config of configs) queues.configure(config);
  return {
    api: createTasksApi({ queues, tasks: openTaskTable(state), clock }),
    start: () => queues.start(),
    async stop() {
      const stopped = queues.stop();
      sender.close();
      await stopped;
    },
  };
}
