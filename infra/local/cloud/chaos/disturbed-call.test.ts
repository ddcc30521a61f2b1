import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { callOf, withBody } from './disturbed-call.ts';

const QUEUE = 'projects/p/locations/l/queues/shard';

function of(method: string, path: string, headers: Record<string, string> = {}) {
  return callOf({ method, headers } as IncomingMessage, new URL(path, 'http://127.0.0.1'));
}

test.each([
  ['POST', '/upload/storage/v1/b/x/o?uploadType=media&name=jobs%2Fj%2Fa', 'create', 'jobs/j/a', 'jobs/j'],
  ['PUT', '/upload/storage/v1/b/x/o?upload_id=1&name=data/a', 'create', 'data/a', ''],
  ['POST', '/storage/v1/b/x/o/jobs%2Fj%2Fa/compose', 'compose', 'jobs/j/a', 'jobs/j'],
  ['GET', '/storage/v1/b/x/o/jobs%2Fj%2Fa?alt=media', 'read', 'jobs/j/a', 'jobs/j'],
  ['GET', '/download/storage/v1/b/x/o/jobs%2Fj%2Fa', 'read', 'jobs/j/a', 'jobs/j'],
  ['GET', '/b/x/o/jobs%2Fj%2F%C3%A9', 'stat', 'jobs/j/é', 'jobs/j'],
  ['GET', '/storage/v1/b/x/o?prefix=jobs%2Fj%2Fwork%2F', 'list', 'jobs/j/work/', 'jobs/j'],
  ['DELETE', '/storage/v1/b/x/o/jobs%2Fj%2Fa', 'delete', 'jobs/j/a', 'jobs/j'],
  ['POST', `/v2/${QUEUE}/tasks`, 'enqueue', '', QUEUE],
])('%s %s', (method, path, operation, name, scope) => {
  expect(of(method, path)).toMatchObject({ operation, name, scope });
});

test.each([
  ['GET', '/storage/v1/b/x/o'],
  ['GET', '/storage/v1/b/x'],
  ['PATCH', '/storage/v1/b/x/o/jobs%2Fa'],
  ['POST', '/storage/v1/b/x/o/jobs%2Fa'],
  ['GET', '/storage/v1/b/x/o/%FF?alt=media'],
  ['GET', '/storage/v1/b/x/o/%'],
  ['POST', '/upload/storage/v1/b/x/o?uploadType=media'],
  ['GET', `/v2/${QUEUE}/tasks`],
  ['POST', `/v2/${QUEUE}:pause`],
  ['POST', `/v2/${QUEUE}/tasks/t:run`],
  ['GET', '/_pillbox/queues'],
  ['GET', '/'],
])('%s %s is no call for faults', (method, path) => {
  expect(of(method, path)).toBeUndefined();
});

test('a repeat is known again, whatever numbers the cloud gave, and another range is another request', () => {
  const read = (generation: string, range = 'bytes=0-9') =>
    of('GET', `/storage/v1/b/x/o/jobs%2Fj%2Fwork%2F${generation}%2Fa?alt=media&generation=${generation}`, {
      range,
    })?.identity;
  expect(read('1790000000000001')).toBe(read('1790000000000002'));
  expect(read('1790000000000001')).not.toBe(read('1790000000000001', 'bytes=10-19'));
  const task = of('POST', `/v2/${QUEUE}/tasks`);
  if (task === undefined) throw new Error('no call');
  const identity = (body: string) => withBody(task, Buffer.from(body)).identity;
  expect(identity('{"a":1}')).toBe(identity('{"a":1}'));
  expect(identity('{"a":1}')).not.toBe(identity('{"a":2}'));
});

test('a write is conditional where it names a generation', () => {
  const create = '/upload/storage/v1/b/x/o?uploadType=media&name=jobs%2Fj%2Fa';
  expect(of('POST', create)?.isConditional).toBe(false);
  expect(of('POST', `${create}&ifGenerationMatch=0`)?.isConditional).toBe(true);
});
