/** The queues of the Cloud Tasks API: each is kept in SQLite and has a dispatcher that serves it. */

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import type { FaultySending } from './delivery-faults.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { openDueTasks } from './due-tasks.ts';
import type { QueueConfig } from './queue-config.ts';
import { openQueueTable, type StoredQueue } from './queue-table.ts';

export interface LiveQueue extends StoredQueue {
  readonly dispatcher: Dispatcher;
}

export interface LiveQueues {
  get(name: string): LiveQueue | undefined;
  /** In the order of their names. */
  all(): LiveQueue[];
  /** Creates a queue, or gives one another configuration. */
  configure(config: QueueConfig): LiveQueue;
  setPaused(queue: LiveQueue, paused: boolean): LiveQueue;
  setPurged(queue: LiveQueue, purgedMs: number): LiveQueue;
  /** Its tasks are the caller's to remove. Its name stays taken for a while: see `isNameHeld`. */
  delete(queue: LiveQueue): void;
  /** Whether a queue of this name was deleted within the last days. */
  isNameHeld(name: string): boolean;
  start(): void;
  /** Resolves when nothing is under way and nothing is due. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface LiveQueuesOptions {
  readonly state: DatabaseSync;
  readonly clock: Clock;
  /** Sends a task of a queue of this configuration, as each attempt finds it. */
  readonly sendingOf: (config: () => QueueConfig) => FaultySending;
  readonly log: (line: string) => void;
}

/** Opens the queues that an earlier run left; nothing is dispatched before `start`. */
export function openLiveQueues({ state, clock, sendingOf, log }: LiveQueuesOptions): LiveQueues {
  const table = openQueueTable(state);
  const dueTasks = openDueTasks(state);
  const queues = new Map<string, LiveQueue>();
  let isStarted = false;

  function open(stored: StoredQueue): LiveQueue {
    const { config, paused } = stored;
    const label = `queue ${config.name.slice(config.name.lastIndexOf('/') + 1)}`;
    const sending = sendingOf(() => queues.get(config.name)?.config ?? config);
    const dispatcher = createDispatcher({
      queue: config.name,
      label,
      rules: config,
      paused,
      tasks: dueTasks,
      clock,
      sending,
      log,
    });
    const live = { ...stored, dispatcher };
    queues.set(config.name, live);
    if (isStarted) live.dispatcher.start();
    return live;
  }

  function update(queue: LiveQueue, change: Partial<StoredQueue>): LiveQueue {
    const next = { ...queue, ...change };
    table.put(next);
    queues.set(next.config.name, next);
    if (change.config !== undefined) next.dispatcher.configure(change.config);
    if (change.paused !== undefined) next.dispatcher.setPaused(change.paused);
    return next;
  }

  for (const stored of table.all()) open(stored);
  return {
    get: (name) => queues.get(name),
    all: () => [...queues.values()].sort((a, b) => (a.config.name < b.config.name ? -1 : 1)),
    configure(config) {
      const known = queues.get(config.name);
      if (known !== undefined) return update(known, { config });
      const stored = { config, paused: false, purgedMs: undefined };
      table.put(stored);
      return open(stored);
    },
    setPaused: (queue, paused) => update(queue, { paused }),
    setPurged: (queue, purgedMs) => update(queue, { purgedMs }),
    delete({ config, dispatcher }) {
      table.remove(config.name, clock.now());
      queues.delete(config.name);
      // Not awaited: what is under way may take as long as its deadline, and is not recorded.
      void dispatcher.stop();
    },
    isNameHeld: (name) => table.isNameHeld(name, clock.now()),
    start() {
      isStarted = true;
      for (const { dispatcher } of queues.values()) dispatcher.start();
    },
    async settled() {
      await Promise.all([...queues.values()].map(({ dispatcher }) => dispatcher.settled()));
    },
    async stop() {
      isStarted = false;
      await Promise.all([...queues.values()].map(({ dispatcher }) => dispatcher.stop()));
    },
  };
}
