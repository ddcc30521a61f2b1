/** The local cloud: storage, tasks and events behind one origin, all state in one folder. */

import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Api } from './api.ts';
import { type ChaosOptions, createChaos } from './chaos.ts';
import { type Clock, systemClock } from './clock.ts';
import type { CloudConfig } from './cloud-config-file.ts';
import { createControlApi } from './control/control-api.ts';
import { createEvents } from './events/events.ts';
import { openResettable } from './resettable.ts';
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
  readonly chaosOptions?: ChaosOptions;
  readonly log?: (line: string) => void;
}

export interface LocalCloud {
  /** Such as http://127.0.0.1:8788. */
  readonly origin: string;
  /** Random, of this run; `GET /_pillbox/instance` answers it. */
  readonly instanceId: string;
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
  let origin = '';
  const chaos = options.chaos === undefined ? undefined : createChaos(options.chaos, options.chaosOptions);
  const deliveryFaults = chaos?.deliveryFaults ?? options.deliveryFaults;
  const open = (opened: DatabaseSync) =>
    openParts(opened, { ...options, clock, log, deliveryFaults }, () => origin);
  const resettable = await openResettable(dir, state, open);
  const instanceId = randomUUID();
  const control = createControlApi({
    instanceId,
    clock,
    settled: () => resettable.parts().settled(),
    reset: () => resettable.reset(),
  });
  const parts: Api = (request, response, url) =>
    resettable.during(request, async ({ apis }) => {
      for (const api of apis) if (await api(request, response, url)) return true;
      return false;
    });
  const server = await startServer({ port, dir, apis: [control, chaos?.disturb(parts) ?? parts], log });
  origin = server.origin;
  resettable.parts().start();
  return {
    origin,
    instanceId,
    async close() {
      await server.close();
      await resettable.close();
    },
  };
}

/** Storage, tasks and events over one state. */
async function openParts(
  state: DatabaseSync,
  options: LocalCloudOptions & Required<Pick<LocalCloudOptions, 'clock' | 'log'>>,
  origin: () => string,
) {
  const { dir, clock, log, deliveryFaults } = options;
  const { buckets = [], queues = [], eventTriggers = [] } = options;
  const tasks = createTasks({ state, clock, queues, issuer: origin, deliveryFaults, log });
  const events = createEvents({ state, clock, triggers: eventTriggers, deliveryFaults, log });
  const storage = await createStorage({
    state,
    dir,
    clock,
    buckets,
    onEvent: (event) => events.record(event),
    origin,
  });
  return {
    apis: [storage.api, ...tasks.apis, ...events.apis, storage.xmlApi],
    async settled() {
      await tasks.settled();
      await events.settled();
    },
    start() {
      tasks.start();
      events.start();
    },
    async stop() {
      await Promise.all([tasks.stop(), events.stop()]);
    },
  };
}
