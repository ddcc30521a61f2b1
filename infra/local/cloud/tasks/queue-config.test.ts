import { expect, test } from 'vitest';
import { parseQueueConfig, toQueueResource } from './queue-config.ts';

const name = 'projects/p/locations/l/queues/shard';

test('defaults are those of Cloud Tasks', () => {
  expect(toQueueResource(parseQueueConfig({ name }))).toEqual({
    name,
    rateLimits: { maxDispatchesPerSecond: 500, maxBurstSize: 100, maxConcurrentDispatches: 1000 },
    retryConfig: {
      maxAttempts: 100,
      minBackoff: '0.100s',
      maxBackoff: '3600s',
      maxDoublings: 16,
    },
  });
});

test('0 is what an unset field looks like, and takes the default', () => {
  const zeroes = {
    rateLimits: { maxDispatchesPerSecond: 0, maxConcurrentDispatches: 0, maxBurstSize: 0 },
    retryConfig: {
      maxAttempts: 0,
      maxRetryDuration: '0s',
      minBackoff: '0s',
      maxBackoff: '0s',
      maxDoublings: 0,
    },
  };
  expect(parseQueueConfig({ name, ...zeroes })).toEqual(parseQueueConfig({ name }));
});

test.each([
  [0.5, 10],
  [54, 10],
  [77, 15],
  [333, 66],
  [500, 100],
])('at %f a second, the burst is %i, as Cloud Tasks reports it', (maxDispatchesPerSecond, burst) => {
  expect(parseQueueConfig({ name, rateLimits: { maxDispatchesPerSecond } }).maxBurstSize).toBe(burst);
});

test('a resource and its configuration say the same', () => {
  const config = parseQueueConfig({
    name,
    rateLimits: { maxDispatchesPerSecond: 0.25, maxConcurrentDispatches: 3 },
    retryConfig: { maxAttempts: -1, maxRetryDuration: '90s', minBackoff: '0.250s', maxDoublings: 3 },
    httpTarget: { uriOverride: { host: 'example.com', port: '8080' }, httpMethod: 'PUT' },
    stackdriverLoggingConfig: { samplingRatio: 0.5 },
  });
  expect(config).toMatchObject({ maxBurstSize: 10, retry: { maxRetryMs: 90_000, minBackoffMs: 250 } });
  expect(parseQueueConfig(toQueueResource(config))).toEqual(config);
});

test.each([
  [{ name: 'shard' }, 'name'],
  [{ name: 'projects/p/locations/l/queues/a_b' }, 'name'],
  [{ name, rateLimits: { maxConcurrentDispatches: -1 } }, 'rateLimits.maxConcurrentDispatches'],
  [{ name, rateLimits: { maxConcurrentDispatches: 5001 } }, 'rateLimits.maxConcurrentDispatches'],
  [{ name, retryConfig: { maxAttempts: -2 } }, 'retryConfig.maxAttempts'],
  [{ name, retryConfig: { maxRetryDuration: '30.9s' } }, 'retryConfig.maxRetryDuration'],
  [{ name, httpTarget: { uriOverride: {} } }, 'httpTarget.uriOverride'],
  [{ name, httpTarget: { uriOverride: { host: 'http://a' } } }, 'httpTarget.uriOverride.host'],
  [{ name, httpTarget: { uriOverride: { host: 'a:80' } } }, 'httpTarget.uriOverride.host'],
  [{ name, httpTarget: { uriOverride: { port: -1 } } }, 'httpTarget.uriOverride.port'],
  [{ name, httpTarget: { httpMethod: 'BREW' } }, 'httpTarget.httpMethod'],
  [{ name, httpTarget: { oidcToken: {} } }, 'httpTarget.oidcToken.serviceAccountEmail'],
  [{ name, rateLimits: { maxDispatchesPerSecond: 501 } }, 'rateLimits.maxDispatchesPerSecond'],
  [{ name, retryConfig: { minBackoff: '1m' } }, 'retryConfig.minBackoff'],
  [{ name, retryConfig: { minBackoff: '2s', maxBackoff: '1s' } }, 'retryConfig: minBackoff'],
  [{ name, retryconfig: {} }, 'retryconfig'],
])('refuses %j', (resource, field) => {
  expect(() => parseQueueConfig(resource)).toThrow(field);
});
