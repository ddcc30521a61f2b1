/** What the local cloud is told at its start: buckets, queues and event triggers. */

import * as z from 'zod';
import { type EventTrigger, eventTriggerSchema } from './events/event-trigger.ts';
import { parseQueueConfig, type QueueConfig } from './tasks/queue-config.ts';

export interface CloudConfig {
  /** Buckets to make where they do not exist. */
  readonly buckets: readonly string[];
  /** Queues to create, or to give this configuration. */
  readonly queues: readonly QueueConfig[];
  readonly eventTriggers: readonly EventTrigger[];
}

const schema = z.strictObject({
  buckets: z.array(z.string()).default([]),
  /** In the fields of Cloud Tasks' REST API. */
  queues: z.array(z.unknown()).default([]),
  eventTriggers: z.array(eventTriggerSchema).default([]),
});

/** Throws an error whose message names each field at fault. */
export function parseCloudConfig(input: unknown): CloudConfig {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return { ...parsed.data, queues: parsed.data.queues.map(parseQueueConfig) };
}
