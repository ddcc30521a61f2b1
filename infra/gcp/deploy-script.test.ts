/** What function.json states about queues and events reaches the deployment and the local cloud alike, field by field. */

import { expect, test } from 'vitest';
import { parseCloudConfig } from '../local/cloud/cloud-config-file.ts';
import { OBJECT_EVENT_TYPES } from '../local/cloud/events/object-event.ts';
import { cloudConfig } from '../local/cloud-config.ts';
import { functionConfigSchema } from '../registry/function-config.ts';
import { deployScript } from './deploy-script.ts';

const WHERE = { projectId: 'p', location: 'l', bucket: 'b', boxUrl: 'http://127.0.0.1:1/{box}' };

function functionWith(...triggers: object[]) {
  const config = functionConfigSchema.parse({
    description: 'A box.',
    memoryMiB: 256,
    cpu: 1,
    concurrency: 1000,
    timeoutSeconds: 60,
    maxInstances: 1000,
    triggers,
  });
  return { name: 'sort', folder: '/f', entry: '/f/node.ts', worker: undefined, config };
}

/** The commands for queues and triggers: `update` and `create` of each, which must say the same. */
function commandsOf(...triggers: object[]): string[] {
  const lines = deployScript([functionWith(...triggers)]).split('\n');
  return lines.filter((line) => /^gcloud (tasks|eventarc)/.test(line));
}

/** The least, the largest, and an odd value of every field. */
test.each([
  { maxConcurrentDispatches: 1 },
  {
    maxAttempts: -1,
    minBackoffSeconds: 0.125,
    maxBackoffSeconds: 0.125,
    maxDoublings: 1,
    maxDispatchesPerSecond: 0.25,
    maxConcurrentDispatches: 3,
  },
  {
    maxAttempts: 1,
    minBackoffSeconds: 3600,
    maxBackoffSeconds: 7200.5,
    maxDoublings: 16,
    maxDispatchesPerSecond: 500,
    maxConcurrentDispatches: 5000,
  },
])('queue %#: every field is the same here and there', (fields) => {
  const fn = functionWith({ kind: 'queue', ...fields });
  const [queue] = parseCloudConfig(cloudConfig([fn], WHERE)).queues;
  if (queue === undefined) expect.unreachable('there is no queue');
  const { retry, maxDispatchesPerSecond, maxConcurrentDispatches } = queue;
  const [line = ''] = commandsOf({ kind: 'queue', ...fields });
  const [update = '', create = ''] = line.split(' || ');
  expect(create).toBe(update.replace('queues update', 'queues create'));
  const flags = Object.fromEntries(
    [...create.matchAll(/--(\S+) (\S+)/g)].map(([, flag, value]) => [flag, value]),
  );
  expect(flags).toMatchObject({
    'max-attempts': retry.maxAttempts === -1 ? 'unlimited' : String(retry.maxAttempts),
    'min-backoff': `${retry.minBackoffMs / 1000}s`,
    'max-backoff': `${retry.maxBackoffMs / 1000}s`,
    'max-doublings': String(retry.maxDoublings),
    'max-dispatches-per-second': String(maxDispatchesPerSecond),
    'max-concurrent-dispatches': String(fields.maxConcurrentDispatches),
  });
  // No more at once here than this machine's instances take.
  expect(maxConcurrentDispatches).toBeLessThanOrEqual(fields.maxConcurrentDispatches);
  expect(retry.maxRetryMs).toBe(0);
});

test.each(OBJECT_EVENT_TYPES)('an event trigger of the type %s is taken here and there', (type) => {
  const trigger = { kind: 'event', type, objectPattern: 'in/*', path: '/events/storage' };
  const { eventTriggers } = parseCloudConfig(cloudConfig([functionWith(trigger)], WHERE));
  expect(eventTriggers).toEqual([
    { bucket: 'b', type, objectPattern: 'in/*', url: 'http://127.0.0.1:1/sort/events/storage' },
  ]);
  const [line = ''] = commandsOf(trigger);
  expect(line).toContain(`--event-filters "type=${type}" --event-filters "bucket=$BUCKET"`);
  expect(line).toContain('--destination-run-path /events/storage ');
});

test('the triggers of one function have names of their own, without capitals', () => {
  const event = (type: string, path: string) => ({
    kind: 'event',
    type: `google.cloud.storage.object.v1.${type}`,
    objectPattern: '**',
    path,
  });
  const lines = commandsOf(
    event('finalized', '/new'),
    event('deleted', '/gone'),
    event('metadataUpdated', '/changed'),
    event('finalized', '/also-new'),
  );
  const names = lines.map((line) => {
    const [update, create] = [...line.matchAll(/triggers (?:update|create) (\S+)/g)].map(([, name]) => name);
    expect(update).toBe(create);
    return create;
  });
  const name = 'pillbox-sort-$BUCKET_KEY';
  expect(names).toEqual([name, `${name}-deleted`, `${name}-metadata-updated`, `${name}-2`]);
});

test.each([
  [{ kind: 'queue', maxConcurrentDispatches: 5001 }, 'maxConcurrentDispatches'],
  [{ kind: 'queue', maxConcurrentDispatches: 0 }, 'maxConcurrentDispatches'],
  [{ kind: 'queue', maxConcurrentDispatches: 1, maxAttempts: 0 }, 'maxAttempts'],
  [{ kind: 'queue', maxConcurrentDispatches: 1, maxAttempts: -2 }, 'maxAttempts'],
  [{ kind: 'queue', maxConcurrentDispatches: 1, maxDoublings: 0 }, 'maxDoublings'],
  [{ kind: 'queue', maxConcurrentDispatches: 1, maxDispatchesPerSecond: 501 }, 'maxDispatchesPerSecond'],
  [{ kind: 'queue', maxConcurrentDispatches: 1, minBackoffSeconds: 61 }, 'maxBackoffSeconds'],
  [{ kind: 'queue', maxConcurrentDispatches: 1, maxRetries: 1 }, 'maxRetries'],
  [{ kind: 'event', type: 'finalized', objectPattern: '*', path: '/x' }, 'type'],
])('%j is refused before either sees it', (trigger, field) => {
  expect(() => functionWith(trigger)).toThrow(field);
});
