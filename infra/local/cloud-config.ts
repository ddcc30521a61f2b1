/** What function.json states about queues and events, in the words of Cloud Tasks and Eventarc. */

import { availableParallelism } from 'node:os';
import type { FunctionConfig } from '../registry/function-config.ts';
import type { RegisteredFunction } from '../registry/registry.ts';

type QueueTrigger = Extract<FunctionConfig['triggers'][number], { kind: 'queue' }>;

export interface CloudConfigOptions {
  readonly projectId: string;
  readonly location: string;
  readonly bucket: string;
  /** Where boxes are reached, with `{box}` in place of the name. */
  readonly boxUrl: string;
}

/** The configuration file of the local cloud: see infra/local/cloud/main.ts. */
export function cloudConfig(functions: readonly RegisteredFunction[], options: CloudConfigOptions) {
  const parent = `projects/${options.projectId}/locations/${options.location}/queues`;
  const { hostname: host, port } = new URL(options.boxUrl);
  return {
    buckets: [options.bucket],
    queues: functions.flatMap((fn) =>
      fn.config.triggers
        .filter((trigger) => trigger.kind === 'queue')
        .map((trigger) => ({
          name: `${parent}/${fn.name}`,
          ...queueFields(trigger, dispatchesHere(fn.config, trigger)),
          // Where the boxes are now, not where they were when a task was sent: ports differ from start to start.
          httpTarget: { uriOverride: { scheme: 'HTTP', host, port } },
        })),
    ),
    eventTriggers: functions.flatMap((fn) =>
      fn.config.triggers
        .filter((trigger) => trigger.kind === 'event')
        .map((trigger) => ({
          bucket: options.bucket,
          type: trigger.type,
          objectPattern: trigger.objectPattern,
          url: options.boxUrl.replace('{box}', fn.name) + trigger.path,
        })),
    ),
  };
}

/** No more at once than this machine's instances take: the others would only wait, and time out. */
function dispatchesHere({ maxInstances, concurrency }: FunctionConfig, trigger: QueueTrigger): number {
  const instances = Math.min(maxInstances, availableParallelism());
  return Math.min(trigger.maxConcurrentDispatches, instances * concurrency);
}

function queueFields(trigger: QueueTrigger, maxConcurrentDispatches: number) {
  return {
    rateLimits: {
      maxDispatchesPerSecond: trigger.maxDispatchesPerSecond,
      maxConcurrentDispatches,
    },
    retryConfig: {
      maxAttempts: trigger.maxAttempts,
      minBackoff: `${trigger.minBackoffSeconds}s`,
      maxBackoff: `${trigger.maxBackoffSeconds}s`,
      maxDoublings: trigger.maxDoublings,
    },
  };
}
