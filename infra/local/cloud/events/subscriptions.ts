/** Event subscriptions: one for each trigger, with the queue that keeps its events and the dispatcher that delivers them. */

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import { type DeliveryFaults, withDeliveryFaults } from '../tasks/delivery-faults.ts';
import { createDispatcher, type Dispatcher, type DispatchRules } from '../tasks/dispatcher.ts';
import { openDueTasks } from '../tasks/due-tasks.ts';
import type { Sender } from '../tasks/sender.ts';
import type { EventTrigger } from './event-trigger.ts';
import { compileObjectPattern } from './object-pattern.ts';
import type { PastEvents } from './past-events.ts';

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
export const EVENT_DEADLINE_MS = 10_000;

export interface Subscription {
  /** Such as `finalized:pillbox/in/*.csv`; a second one of the same words ends in `#2`. */
  readonly name: string;
  readonly trigger: EventTrigger;
  readonly matches: (objectName: string) => boolean;
  readonly queue: string;
  readonly dispatcher: Dispatcher;
}

export interface SubscriptionsOptions {
  readonly state: DatabaseSync;
  readonly clock: Clock;
  readonly sender: Sender;
  readonly past: PastEvents;
  readonly deliveryFaults?: DeliveryFaults | undefined;
  readonly log: (line: string) => void;
}

export function openSubscriptions(
  triggers: readonly EventTrigger[],
  { state, clock, sender, past, deliveryFaults: faults, log }: SubscriptionsOptions,
): Subscription[] {
  const tasks = openDueTasks(state, (task, outcome) => past.add(task, outcome));
  return triggers.map((trigger, index) => {
    const before = triggers.slice(0, index);
    const queue = `events/${before.filter((other) => pathOf(other) === pathOf(trigger)).length}/${pathOf(trigger)}`;
    const twins = before.filter((other) => nameOf(other) === nameOf(trigger)).length;
    const dispatcher = createDispatcher({
      queue,
      label: `event ${trigger.objectPattern}`,
      rules: RULES,
      tasks,
      clock,
      sending: withDeliveryFaults({
        clock,
        faults,
        // Where the trigger points now, not where it did when the event was kept: ports differ from run to run.
        send: ({ request, body, deadlineMs }) =>
          sender.send({ ...request, url: trigger.url, body, deadlineMs }),
      }),
      log,
    });
    const name = nameOf(trigger) + (twins === 0 ? '' : `#${twins + 1}`);
    return { name, trigger, matches: compileObjectPattern(trigger.objectPattern), queue, dispatcher };
  });
}

/** What stays the same of a trigger from run to run; no queue of the Cloud Tasks API has such a name. */
function pathOf({ type, bucket, objectPattern, url }: EventTrigger): string {
  return JSON.stringify([type, bucket, objectPattern, new URL(url).pathname]);
}

function nameOf({ type, bucket, objectPattern }: EventTrigger): string {
  return `${type.slice(type.lastIndexOf('.') + 1)}:${bucket}/${objectPattern}`;
}
