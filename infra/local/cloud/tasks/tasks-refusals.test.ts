/** Calls of the Cloud Tasks API that are refused, each with what is wrong. */

import { expect, test } from 'vitest';
import { open, PARENT, QUEUE, taskTo } from './tasks.fixture.ts';

const url = 'http://127.0.0.1:1/';
const who = { serviceAccountEmail: 'a@p.iam.gserviceaccount.com' };
test.each<[string, unknown, string]>([
  ['no JSON', '{', 'not JSON'],
  ['no body', undefined, 'body'],
  ['no target', { task: {} }, 'task.httpRequest'],
  ['another kind of target', { task: { appEngineHttpRequest: {} } }, 'appEngineHttpRequest'],
  ['another scheme', taskTo('file:///etc/passwd'), 'task.httpRequest.url'],
  ['a name of another queue', taskTo(url, { name: `${PARENT}/queues/r/tasks/t` }), 'task.name'],
  ['a name of bad letters', taskTo(url, { name: `${QUEUE}/tasks/a.b` }), 'task.name'],
  ['both tokens', taskTo(url, {}, { oidcToken: who, oauthToken: who }), 'oidcToken and oauthToken'],
  ['a token of nobody', taskTo(url, {}, { oidcToken: {} }), 'oidcToken.serviceAccountEmail'],
  [
    'a token of no address',
    taskTo(url, {}, { oidcToken: { serviceAccountEmail: 'x@' } }),
    'serviceAccountEmail',
  ],
  ['an OAuth token for a stranger', taskTo(url, {}, { oauthToken: who }), '.googleapis.com'],
  ['an unknown field', taskTo(url, { bogus: 1 }), 'bogus'],
  ['a long deadline', taskTo(url, { dispatchDeadline: '1801s' }), 'task.dispatchDeadline'],
  ['no base64', taskTo(url, {}, { body: '{}' }), 'task.httpRequest.body'],
  ['a body with GET', taskTo(url, {}, { httpMethod: 2 }), 'task.httpRequest.body'],
  ['an unknown method', taskTo(url, {}, { httpMethod: 'BREW' }), 'task.httpRequest.httpMethod'],
  ['a short deadline', taskTo(url, { dispatchDeadline: '1s' }), 'task.dispatchDeadline'],
  ['a large body', taskTo(url, {}, { body: 'A'.repeat(1_400_000) }), '1048576 bytes'],
  ['a huge request', 'x'.repeat(3 * 1024 * 1024), '2097152 bytes'],
])('refuses a task with %s, naming it', async (_, body, message) => {
  const { call } = await open();
  expect(await call('POST', `${QUEUE}/tasks`, body)).toMatchObject({
    status: 400,
    json: { error: { code: 400, status: 'INVALID_ARGUMENT', message: expect.stringContaining(message) } },
  });
});

test.each([
  ['POST', `${PARENT}/queues/absent/tasks`, 404],
  ['GET', `${QUEUE}/tasks/absent`, 404],
  ['POST', `${QUEUE}/tasks/absent:run`, 404],
  ['POST', `${QUEUE}:getIamPolicy`, 501],
  ['PUT', `${QUEUE}/tasks`, 501],
  ['GET', `${QUEUE}/%ff`, 404],
  ['GET', `${PARENT}/queues/%ff`, 400],
  ['GET', `${QUEUE}/tasks?pageSize=x`, 400],
  ['GET', `${QUEUE}/tasks?responseView=x`, 400],
])('%s %s: %i in the form of an error', async (method, path, status) => {
  const { call } = await open();
  expect(await call(method, path)).toMatchObject({ status, json: { error: { code: status } } });
});
