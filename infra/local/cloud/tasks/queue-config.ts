/** A queue's configuration: the REST resource that a client or the configuration file gives, checked and completed. */

import * as z from 'zod';
import { describeIssues, invalidArgument } from './api-error.ts';
import type { RetryRules } from './backoff.ts';
import { durationSchema, toDuration } from './duration.ts';
import { type HttpTarget, httpTargetSchema } from './http-target.ts';

/** The defaults and the limits of Cloud Tasks. */
const DEFAULT_RATE = 500;
const DEFAULT_CONCURRENCY = 1000;
const DEFAULT_ATTEMPTS = 100;
const DEFAULT_MIN_BACKOFF_MS = 100;
const DEFAULT_MAX_BACKOFF_MS = 3_600_000;
const DEFAULT_DOUBLINGS = 16;
const MAX_CONCURRENCY = 5000;
const MIN_BURST = 10;

export interface QueueConfig {
  /** projects/PROJECT/locations/LOCATION/queues/QUEUE */
  readonly name: string;
  readonly maxDispatchesPerSecond: number;
  /** How many may start at once after a quiet time. */
  readonly maxBurstSize: number;
  readonly maxConcurrentDispatches: number;
  readonly retry: RetryRules;
  /** Where all its tasks go, whatever they say; absent = where each says. */
  readonly httpTarget?: HttpTarget | undefined;
  /** Kept and shown; nothing is logged to anywhere. */
  readonly loggedFraction?: number | undefined;
}

/** 0 is what an unset field looks like in protobuf, and takes its default, as in Cloud Tasks. */
const retrySchema = z
  .strictObject({
    maxAttempts: z.int().min(-1).default(0),
    maxRetryDuration: durationSchema.refine((ms) => ms % 1000 === 0, 'must be whole seconds').prefault('0s'),
    minBackoff: durationSchema.prefault('0s'),
    maxBackoff: durationSchema.prefault('0s'),
    maxDoublings: z.int().min(0).default(0),
  })
  .transform(
    ({ maxAttempts, maxRetryDuration, minBackoff, maxBackoff, maxDoublings }): RetryRules => ({
      maxAttempts: maxAttempts || DEFAULT_ATTEMPTS,
      maxRetryMs: maxRetryDuration,
      minBackoffMs: minBackoff || DEFAULT_MIN_BACKOFF_MS,
      maxBackoffMs: maxBackoff || DEFAULT_MAX_BACKOFF_MS,
      maxDoublings: maxDoublings || DEFAULT_DOUBLINGS,
    }),
  )
  .refine(({ minBackoffMs, maxBackoffMs }) => minBackoffMs <= maxBackoffMs, {
    message: 'minBackoff must not exceed maxBackoff',
  });

/** A queue resource of the REST API. */
const queueSchema = z
  .strictObject({
    name: z.string().regex(/^projects\/[^/]+\/locations\/[^/]+\/queues\/[A-Za-z0-9-]{1,100}$/, {
      message: 'must be projects/PROJECT/locations/LOCATION/queues/QUEUE, of letters, digits and hyphens',
    }),
    rateLimits: z
      .strictObject({
        maxDispatchesPerSecond: z.number().min(0).max(500).default(0),
        maxConcurrentDispatches: z.int().min(0).max(MAX_CONCURRENCY).default(0),
        maxBurstSize: z.unknown().optional(),
      })
      .prefault({}),
    retryConfig: retrySchema.prefault({}),
    httpTarget: httpTargetSchema.optional(),
    stackdriverLoggingConfig: z
      .strictObject({ samplingRatio: z.number().min(0).max(1).default(0) })
      .optional(),
    // Only Cloud Tasks itself sets these; a client may send back what it was given.
    state: z.unknown().optional(),
    purgeTime: z.unknown().optional(),
  })
  .transform(({ name, rateLimits, retryConfig, httpTarget, stackdriverLoggingConfig }): QueueConfig => {
    const maxDispatchesPerSecond = rateLimits.maxDispatchesPerSecond || DEFAULT_RATE;
    return {
      name,
      maxDispatchesPerSecond,
      // As Cloud Tasks reports it: 100 at 500 a second, 15 at 77, 10 at 54 and below.
      maxBurstSize: Math.max(MIN_BURST, Math.floor(maxDispatchesPerSecond / 5)),
      maxConcurrentDispatches: rateLimits.maxConcurrentDispatches || DEFAULT_CONCURRENCY,
      retry: retryConfig,
      httpTarget,
      loggedFraction: stackdriverLoggingConfig?.samplingRatio,
    };
  });

/** Throws a TasksError (INVALID_ARGUMENT) that names each field at fault. */
export function parseQueueConfig(resource: unknown): QueueConfig {
  const parsed = queueSchema.safeParse(resource);
  if (!parsed.success) throw invalidArgument(describeIssues(parsed.error));
  return parsed.data;
}

/** The complete resource, which `parseQueueConfig` takes again. */
export function toQueueResource(config: QueueConfig) {
  const { name, maxDispatchesPerSecond, maxBurstSize, maxConcurrentDispatches, retry } = config;
  const { httpTarget, loggedFraction } = config;
  return {
    name,
    rateLimits: { maxDispatchesPerSecond, maxBurstSize, maxConcurrentDispatches },
    retryConfig: {
      maxAttempts: retry.maxAttempts,
      ...(retry.maxRetryMs > 0 && { maxRetryDuration: toDuration(retry.maxRetryMs) }),
      minBackoff: toDuration(retry.minBackoffMs),
      maxBackoff: toDuration(retry.maxBackoffMs),
      maxDoublings: retry.maxDoublings,
    },
    ...(httpTarget !== undefined && { httpTarget }),
    ...(loggedFraction !== undefined && { stackdriverLoggingConfig: { samplingRatio: loggedFraction } }),
  };
}
