import { expect, test } from 'vitest';
import { parseQueueConfig, toQueueResource as toApiResource } from '../../local/cloud/tasks/queue-config.ts';
import { parseQueueOption, toQueueResource } from './queue-option.ts';

const resource = (text: string) =>
  toApiResource(parseQueueConfig(toQueueResource(parseQueueOption(text), 'projects/p/locations/l')));

test.each([
  ['resize', { maxDispatchesPerSecond: 500, maxConcurrentDispatches: 1000 }, undefined],
  ['resize=', { maxDispatchesPerSecond: 500 }, undefined],
  ['resize=0.5', { maxDispatchesPerSecond: 0.5, maxConcurrentDispatches: 1000 }, undefined],
  ['resize=,2', { maxDispatchesPerSecond: 500, maxConcurrentDispatches: 2 }, undefined],
  [
    'resize=5,2,http://localhost:3000',
    { maxDispatchesPerSecond: 5 },
    { scheme: 'HTTP', host: 'localhost', port: 3000 },
  ],
  [
    'resize=,,https://a.example/x,y?b=c,d',
    {},
    {
      scheme: 'HTTPS',
      host: 'a.example',
      pathOverride: { path: '/x,y' },
      queryOverride: { queryParams: 'b=c,d' },
    },
  ],
])('%s', (text, rateLimits, uriOverride) => {
  const { name, rateLimits: actual, ...rest } = resource(text);
  expect(name).toBe('projects/p/locations/l/queues/resize');
  expect(actual).toMatchObject(rateLimits);
  expect('httpTarget' in rest ? rest.httpTarget?.uriOverride : undefined).toEqual(uriOverride);
});

test.each([
  '',
  '=5',
  'a b',
  'q=x',
  'q=0',
  'q=501',
  'q=-1',
  'q=1e9',
  'q=,0',
  'q=,1.5',
  'q=,5001',
  'q=,,x',
  'q=,,file:///x',
])('refuses %j', (text) => {
  expect(() => parseQueueOption(text)).toThrow(/^(Its|NAME)/);
});
