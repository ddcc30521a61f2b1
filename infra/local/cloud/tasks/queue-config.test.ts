import { expect, test } from 'vitest';
import { parseQueueConfig, toQueueResource } from './queue-config.ts';

const name = 'projects/p/locations/l/queues/shard';

test('defaults are those of Cloud Tasks', () => {
  expect(toQueueResource(parseQueueConfig({ name }))).toEqual({
    name,
    rateLimits: { maxDispatchesPerSecond: 500, maxBurstSize: 100, maxConcurrentDispatches: 1000 },
    retryConfig: {
      maxAttempts: 100,
      maxRetryDuration: '0s',
      minBackoff: '0.1s',
      maxBackoff: '3600s',
      maxDoublings: 16,
    },
  });
});

test('a resource and its configuration say the same', () => {
  const config = parseQueueConfig({
    name,
    rateLimits: { maxDispatchesPerSecond: 0.25, maxConcurrentDispatches: 3 },
    retryConfig: { maxAttempts: -1, maxRetryDuration: '90s', minBackoff: '0.250s', maxDoublings: 0 },
  });
  expect(config).toMatchObject({ maxBurstSize: 1, retry: { maxRetryMs: 90_000, minBackoffMs: 250 } });
  expect(parseQueueConfig(toQueueResource(config))).toEqual(config);
});

test.each([
  [{ name: 'shard' }, 'name'],
  [{ name: 'projects/p/locations/l/queues/a_b' }, 'name'],
  [{ name, rateLimits: { maxConcurrentDispatches: 0 } }, 'rateLimits.maxConcurrentDispatches'],
  [{ name, rateLimits: { maxDispatchesPerSecond: 501 } }, 'rateLimits.maxDispatchesPerSecond'],
  [{ name, retryConfig: { minBackoff: '1m' } }, 'retryConfig.minBackoff'],
  [{ name, retryConfig: { minBackoff: '2s', maxBackoff: '1s' } }, 'retryConfig: minBackoff'],
  [{ name, retryconfig: {} }, 'retryconfig'],
])('refuses %j', (resource, field) => {
  expect(() => parseQueueConfig(resource)).toThrow(field);
});
