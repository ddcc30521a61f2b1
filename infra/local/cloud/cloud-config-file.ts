/** What the local cloud is told at its start: buckets, queues and event triggers. */

import * as z from 'zod';
import { type ChaosSchedule, chaosSchema } from './chaos/chaos-schedule.ts';
import { type EventTrigger, eventTriggerSchema } from './events/event-trigger.ts';
import { type DeliveryFaults, deliveryFaultSchema } from './tasks/delivery-faults.ts';
import { parseQueueConfig, type QueueConfig } from './tasks/queue-config.ts';

export interface CloudConfig {
  /** Buckets to make where they do not exist. */
  readonly buckets: readonly string[];
  /** Queues to create, or to give this configuration. */
  readonly queues: readonly QueueConfig[];
  readonly eventTriggers: readonly EventTrigger[];
  /** How deliveries misbehave; absent = not at all. */
  readonly deliveryFaults?: DeliveryFaults | undefined;
  /** Misbehaviour as scheduled, or of every kind as drawn from a seed, in place of deliveryFaults; absent = none. */
  readonly chaos?: string | ChaosSchedule | undefined;
}

const schema = z.strictObject({
  buckets: z.array(z.string()).default([]),
  /** In the fields of Cloud Tasks' REST API. */
  queues: z.array(z.unknown()).default([]),
  eventTriggers: z.array(eventTriggerSchema).default([]),
  /** The same for every delivery of a task or an event. */
  deliveryFaults: deliveryFaultSchema.optional(),
  /** Nothing here has a hand on the processes that ask. */
  chaos: chaosSchema.refine((chaos) => chaos?.requests?.some(({ kind }) => kind === 'kill-caller') !== true, {
    path: ['requests'],
    message: 'kill-caller needs a program that starts the cloud: see killCaller in chaos.ts',
  }),
});

/** Throws an error whose message names each field at fault. */
export function parseCloudConfig(input: unknown): CloudConfig {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { deliveryFaults: fault } = parsed.data;
  return {
    ...parsed.data,
    queues: parsed.data.queues.map(parseQueueConfig),
    deliveryFaults: fault === undefined ? undefined : () => fault,
  };
}
