/** `function.json`: the one place that states a function's memory, CPU, concurrency, timeout and trigger. */

import * as z from 'zod';
import { DEFAULT_MARGIN_FRACTION } from '../../shared/budget/thresholds.ts';
import { OBJECT_EVENT_TYPES } from '../local/cloud/events/object-event.ts';

/** Within the limits of Cloud Tasks, which takes 0 for a field that is not set. */
const queueTrigger = z
  .strictObject({
    kind: z.literal('queue'),
    /** Delivery attempts before a task is given up; -1 = unlimited. */
    maxAttempts: z
      .int()
      .min(-1)
      .refine((attempts) => attempts !== 0, 'must be -1, for no limit, or 1 and more')
      .default(100),
    minBackoffSeconds: z.number().positive().default(0.5),
    maxBackoffSeconds: z.number().positive().default(60),
    maxDoublings: z.int().positive().default(7),
    maxDispatchesPerSecond: z.number().positive().max(500).default(500),
    maxConcurrentDispatches: z.int().positive().max(5000),
  })
  .refine(({ minBackoffSeconds, maxBackoffSeconds }) => minBackoffSeconds <= maxBackoffSeconds, {
    path: ['maxBackoffSeconds'],
    message: 'must not be less than minBackoffSeconds',
  });

const eventTrigger = z.strictObject({
  kind: z.literal('event'),
  type: z.enum(OBJECT_EVENT_TYPES),
  /** `*` stands for one path segment. */
  objectPattern: z.string().min(1),
  /** Path at the function that takes the event. */
  path: z.string().startsWith('/'),
});

const httpTrigger = z.strictObject({
  kind: z.literal('http'),
  /** True when an edge Worker (worker.ts, wrangler.jsonc) stands in front. */
  edge: z.boolean(),
});

const fraction = z.number().positive().max(1);

/** A level is left so far below where it is entered, so the lowest of them lies above that. */
const lowestFraction = fraction.gt(DEFAULT_MARGIN_FRACTION);

/** Of memory, in MiB: what concurrency follows from, and when the box acts. */
const budgetSchema = z.strictObject({
  /** Held at most between requests, once all that is loaded on first use is loaded and warm; test/bounds measures it. */
  idleMiB: z.number().positive(),
  /** What the commonest request takes at most, as its route declares it; dearer ones wait for room. */
  requestMiB: z.number().positive(),
  /** Fractions of the limit; absent = shed 0.5, flush 0.7, stop 0.8, drain 0.95. */
  thresholds: z
    .strictObject({ shed: lowestFraction, flush: fraction, stop: fraction, drain: fraction })
    .refine(({ shed, flush, stop, drain }) => shed < flush && flush < stop && stop < drain, 'must rise')
    .optional(),
  /** An instance is replaced after so many requests, a tenth more or less. */
  recycleAfterRequests: z.int().positive().optional(),
});

export const functionConfigSchema = z.strictObject({
  $schema: z.string().optional(),
  /** One sentence: what the box does. */
  description: z.string().min(1),
  memoryMiB: z.int().min(128),
  cpu: z.number().positive().max(8),
  /** Requests one instance is sent at a time: so many of the commonest fit, each as large as it may be. */
  concurrency: z.int().min(1).max(1000),
  budget: budgetSchema.optional(),
  /** What V8's old heap may grow by before it is collected; absent = as V8 has it. Spends memory on speed. */
  heapGrowthPercent: z.int().positive().max(400).optional(),
  timeoutSeconds: z.int().min(1).max(3600),
  maxInstances: z.int().min(1),
  triggers: z.array(z.discriminatedUnion('kind', [queueTrigger, eventTrigger, httpTrigger])).min(1),
});

export type FunctionConfig = z.infer<typeof functionConfigSchema>;
