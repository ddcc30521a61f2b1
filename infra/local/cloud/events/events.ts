/** The events part of the local cloud: what happens to objects is delivered to triggers, at least once. */

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import { createDispatcher, type DispatchRules } from '../tasks/dispatcher.ts';
import { openDueTasks } from '../tasks/due-tasks.ts';
import { createSender } from '../tasks/sender.ts';
import { openTaskTable } from '../tasks/task-table.ts';
import { toCloudEvent } from './cloud-event.ts';
import type { EventTrigger } from './event-trigger.ts';
import type { ObjectEvent } from './object-event.ts';
import { compileObjectPattern } from './object-pattern.ts';

/** Eventarc tries for a day. The first waits are shorter here, as a person is watching. */
const RULES: DispatchRules = {
  maxDispatchesPerSecond: 500,
  maxBurstSize: 100,
  maxConcurrentDispatches: 10,
  retry: {
    maxAttempts: -1,
    maxRetryMs: 24 * 3_600_000,
    minBackoffMs: 500,
    maxBackoffMs: 60_000,
    maxDoublings: 16,
  },
};

/** As long as Pub/Sub, which carries the events of Eventarc, waits for an answer unless told otherwise. */
const DEADLINE_MS = 10_000;

export interface EventsOptions {
  readonly state: DatabaseSync;
  readonly clock: Clock;
  readonly triggers: readonly EventTrigger[];
  /** Told of failed deliveries; never of what an event holds. */
  readonly log: (line: string) => void;
}

export interface Events {
  /** Keeps an event for each trigger that it matches; to be called inside the transaction that causes it. */
  record(event: ObjectEvent): void;
  /** Begins to deliver, first of all what a stop or a crash cut short. */
  start(): void;
  /** Cuts what is under way, which will be delivered again. The state may be closed afterwards. */
  stop(): Promise<void>;
}

export function createEvents({ state, clock, triggers, log }: EventsOptions): Events {
  const tasks = openTaskTable(state);
  const dueTasks = openDueTasks(state);
  const sender = createSender(clock);
  const routes = triggers.map((trigger, index, all) => {
    const twinsBefore = all.slice(0, index).filter((other) => pathOf(other) === pathOf(trigger)).length;
    const queue = `events/${twinsBefore}/${pathOf(trigger)}`;
    const dispatcher = createDispatcher({
      queue,
      label: `event ${trigger.objectPattern}`,
      rules: RULES,
      tasks: dueTasks,
      clock,
      // Where the trigger points now, not where it did when the event was kept: ports differ from run to run.
      send: (task) =>
        sender.send({ ...task.request, url: trigger.url, body: task.body, deadlineMs: task.deadlineMs }),
      log,
    });
    return { trigger, matches: compileObjectPattern(trigger.objectPattern), queue, dispatcher };
  });

  return {
    record(event) {
      const { type, bucket, object } = event;
      const matching = routes.filter(
        ({ trigger, matches }) => trigger.type === type && trigger.bucket === bucket && matches(object.name),
      );
      if (matching.length === 0) return;
      const { id, headers, body } = toCloudEvent(event);
      const nowMs = clock.now();
      for (const { trigger, queue, dispatcher } of matching) {
        const request = { url: trigger.url, method: 'POST', headers };
        tasks.insert(
          { queue, id, named: false, request, body, scheduleMs: nowMs, deadlineMs: DEADLINE_MS },
          nowMs,
        );
        dispatcher.wake();
      }
    },
    start() {
      for (const { dispatcher } of routes) dispatcher.start();
    },
    async stop() {
      const stopped = Promise.all(routes.map(({ dispatcher }) => dispatcher.stop()));
      sender.close();
      await stopped;
    },
  };
}

/** What stays the same of a trigger from run to run; no queue of the Cloud Tasks API has such a name. */
function pathOf({ type, bucket, objectPattern, url }: EventTrigger): string {
  return JSON.stringify([type, bucket, objectPattern, new URL(url).pathname]);
}
