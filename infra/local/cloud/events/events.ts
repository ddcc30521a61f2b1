/** The events part of the local cloud: what happens to objects is delivered to triggers, at least once. */

import type { DatabaseSync } from 'node:sqlite';
import type { Api } from '../api.ts';
import type { Clock } from '../clock.ts';
import type { DeliveryFaults } from '../tasks/delivery-faults.ts';
import { createSender } from '../tasks/sender.ts';
import { openTaskTable } from '../tasks/task-table.ts';
import { toCloudEvent } from './cloud-event.ts';
import type { EventTrigger } from './event-trigger.ts';
import { createEventsApi } from './events-api.ts';
import type { ObjectEvent } from './object-event.ts';
import { openPastEvents } from './past-events.ts';
import { EVENT_DEADLINE_MS, openSubscriptions } from './subscriptions.ts';

export interface EventsOptions {
  readonly state: DatabaseSync;
  readonly clock: Clock;
  readonly triggers: readonly EventTrigger[];
  readonly deliveryFaults?: DeliveryFaults | undefined;
  /** Told of failed deliveries; never of what an event holds. */
  readonly log: (line: string) => void;
}

export interface Events {
  readonly apis: readonly Api[];
  /** Keeps an event for each trigger that it matches; to be called inside the transaction that causes it. */
  record(event: ObjectEvent): void;
  /** Resolves when nothing is under way and nothing is due. */
  settled(): Promise<void>;
  /** Begins to deliver, first of all what a stop or a crash cut short. */
  start(): void;
  /** Cuts what is under way, which will be delivered again. The state may be closed afterwards. */
  stop(): Promise<void>;
}

export function createEvents({ state, clock, triggers, deliveryFaults, log }: EventsOptions): Events {
  const tasks = openTaskTable(state);
  const sender = createSender(clock);
  const past = openPastEvents(state);
  const subscriptions = openSubscriptions(triggers, { state, clock, sender, past, deliveryFaults, log });

  return {
    apis: [createEventsApi({ state, clock, subscriptions, tasks, past })],
    record(event) {
      const { type, bucket, object } = event;
      const matching = subscriptions.filter(
        ({ trigger, matches }) => trigger.type === type && trigger.bucket === bucket && matches(object.name),
      );
      if (matching.length === 0) return;
      const nowMs = clock.now();
      const { id, headers, body } = toCloudEvent(event, nowMs);
      for (const { trigger, queue, dispatcher } of matching) {
        const request = { url: trigger.url, method: 'POST', headers };
        tasks.insert(
          { queue, id, named: false, request, body, scheduleMs: nowMs, deadlineMs: EVENT_DEADLINE_MS },
          nowMs,
        );
        dispatcher.wake();
      }
    },
    async settled() {
      await Promise.all(subscriptions.map(({ dispatcher }) => dispatcher.settled()));
    },
    start() {
      for (const { dispatcher } of subscriptions) dispatcher.start();
    },
    async stop() {
      const stopped = Promise.all(subscriptions.map(({ dispatcher }) => dispatcher.stop()));
      sender.close();
      await stopped;
    },
  };
}
