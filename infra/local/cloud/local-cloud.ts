/** The local cloud: storage, tasks and events behind one origin, all state in one folder. */

import type { DatabaseSync } from 'node:sqlite';
import { type Clock, systemClock } from './clock.ts';
import type { CloudConfig } from './cloud-config-file.ts';
import { createEvents } from './events/events.ts';
import { startServer } from './server.ts';
import { openState } from './state.ts';
import { createStorage } from './storage/storage.ts';
import { createTasks } from './tasks/tasks.ts';

export interface LocalCloudOptions extends Partial<CloudConfig> {
  /** Where blobs and state are kept; made if absent. */
  readonly dir: string;
  /** 0 = any. */
  readonly port: number;
  readonly clock?: Clock;
  readonly log?: (line: string) => void;
}

export interface LocalCloud {
  /** Such as http://127.0.0.1:8788. */
  readonly origin: string;
  /** Ends every connection and closes the state; what is stored stays, and what was being delivered is delivered again. */
  close(): Promise<void>;
}

/** Throws when the port is taken, and when another local cloud uses the folder. */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const state = openState(options.dir);
  try {
    return await serve(state, options);
  } catch (error) {
    state.close();
    throw error;
  }
}

async function serve(state: DatabaseSync, options: LocalCloudOptions): Promise<LocalCloud> {
  const { dir, port, clock = systemClock, log = (line) => console.error(line) } = options;
  const { buckets = [], queues = [], eventTriggers = [] } = options;
  const tasks = createTasks({ state, clock, queues, log });
  const events = createEvents({ state, clock, triggers: eventTriggers, log });
  let origin = '';
  const storage = await createStorage({
    state,
    dir,
    clock,
    buckets,
    onEvent: (event) => events.record(event),
    origin: () => origin,
  });
  const server = await startServer({ port, apis: [storage.api, tasks.api], log });
  origin = server.origin;
  tasks.start();
  events.start();
  return {
    origin,
    async close() {
      await Promise.all([tasks.stop(), events.stop(), server.close()]);
      state.close();
    },
  };
}
