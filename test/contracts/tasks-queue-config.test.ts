/** Queues are stated once, in function.json: the local cloud and the deployment make the same of it. */

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deployScript } from '../../infra/gcp/deploy-script.ts';
import { parseCloudConfig } from '../../infra/local/cloud/cloud-config-file.ts';
import { toQueueResource } from '../../infra/local/cloud/tasks/queue-config.ts';
import { cloudConfig } from '../../infra/local/cloud-config.ts';
import { loadFunctions } from '../../infra/registry/registry.ts';

const functions = await loadFunctions(join(import.meta.dirname, '..', '..'));
const withQueue = functions.filter(({ config }) => config.triggers.some(({ kind }) => kind === 'queue'));
const script = deployScript(functions);
const local = parseCloudConfig(
  cloudConfig(functions, {
    projectId: 'p',
    location: 'l',
    bucket: 'b',
    boxUrl: 'http://127.0.0.1:1/{box}',
  }),
);

test('there are queues to compare', () => {
  expect(withQueue.length).toBeGreaterThan(1);
  expect(local.queues).toHaveLength(withQueue.length);
});

test.each(withQueue.map(({ name }) => name))('the queue %s', (name) => {
  const queue = local.queues.find((one) => one.name.endsWith(`/queues/${name}`));
  const created = new RegExp(`gcloud tasks queues create ${name} (.*)$`, 'm').exec(script)?.[1] ?? '';
  const flag = (flagName: string) => new RegExp(`--${flagName} (\\S+)`).exec(created)?.[1];
  if (queue === undefined) throw new Error('no such queue');
  const { rateLimits, retryConfig } = toQueueResource(queue);
  const attempts = flag('max-attempts');
  expect({
    maxAttempts: attempts === 'unlimited' ? -1 : Number(attempts),
    maxDoublings: Number(flag('max-doublings')),
  }).toEqual({ maxAttempts: retryConfig.maxAttempts, maxDoublings: retryConfig.maxDoublings });
  const ms = (duration: string | undefined) => Number(duration?.replace(/s$/, '')) * 1000;
  expect([ms(flag('min-backoff')), ms(flag('max-backoff'))]).toEqual([
    queue.retry.minBackoffMs,
    queue.retry.maxBackoffMs,
  ]);
  expect(Number(flag('max-dispatches-per-second'))).toBe(rateLimits.maxDispatchesPerSecond);
  // No more at once here than this machine's instances take.
  expect(rateLimits.maxConcurrentDispatches).toBeLessThanOrEqual(Number(flag('max-concurrent-dispatches')));
});
