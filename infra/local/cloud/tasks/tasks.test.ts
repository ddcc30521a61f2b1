/** The tasks of the Cloud Tasks API: made, shown, listed, and sent to their target. */

import { expect, test } from 'vitest';
import { listen, NUMBERS, open, QUEUE, taskTo } from './tasks.fixture.ts';

test('a task: created under a name, shown in both views, listed page by page, deleted, its name then taken', async () => {
  const { call } = await open();
  const { url } = await listen();
  const name = `${QUEUE}/tasks/one`;
  const scheduleTime = '2099-01-01T00:00:00Z';
  expect((await call('POST', `${QUEUE}/tasks`, taskTo(url, { scheduleTime }))).json).toMatchObject({
    error: { code: 400, status: 'INVALID_ARGUMENT', message: expect.stringContaining('30 days') },
  });
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const oidcToken = { serviceAccountEmail: 'a@b.iam.gserviceaccount.com' };
  const created = await call('POST', `${QUEUE}/tasks`, {
    ...taskTo(url, { name, scheduleTime: soon }, { httpMethod: 'PUT', oidcToken }),
    responseView: 'FULL',
  });
  const shown = { name, scheduleTime: soon, dispatchCount: 0, dispatchDeadline: '600s' };
  expect(created.json).toMatchObject({
    ...shown,
    view: 'FULL',
    httpRequest: { httpMethod: 'PUT', oidcToken },
  });
  const basic = await call('GET', `${name}${NUMBERS}`);
  expect(basic.json).toMatchObject({ ...shown, view: 1, httpRequest: { httpMethod: 4 } });
  expect(basic.json['httpRequest']).not.toHaveProperty('body');
  const full = await call('GET', `${name}?responseView=2`);
  expect(full.json).toEqual(created.json);

  expect((await call('POST', `${QUEUE}/tasks`, taskTo(url, { name }))).status).toBe(409);
  await call('POST', `${QUEUE}/tasks`, taskTo(url, { name: `${QUEUE}/tasks/two`, scheduleTime: soon }));
  const first = await call('GET', `${QUEUE}/tasks?pageSize=1`);
  const second = await call('GET', `${QUEUE}/tasks?pageSize=1&pageToken=${first.json['nextPageToken']}`);
  expect([first.json['tasks'], second.json['tasks']]).toMatchObject([
    [{ name }],
    [{ name: `${QUEUE}/tasks/two` }],
  ]);

  expect(await call('DELETE', name)).toEqual({ status: 200, json: {} });
  expect((await call('DELETE', name)).status).toBe(404);
  expect((await call('POST', `${QUEUE}/tasks`, taskTo(url, { name }))).status).toBe(409);
});

test('what a target is told: the body, the headers of the user, and those of Cloud Tasks', async () => {
  const { call } = await open({ start: true });
  const { url, seen } = await listen(500, 502);
  const headers = { 'X-Mine': 'yes', 'User-Agent': 'me', 'X-CloudTasks-QueueName': 'forged' };
  await call('POST', `${QUEUE}/tasks`, taskTo(url, { name: `${QUEUE}/tasks/one` }, { headers }));
  await expect.poll(() => seen.length).toBe(3);
  expect(seen[0]).toMatchObject({
    url: '/work?a=b',
    body: '{"a":1}',
    headers: {
      'x-mine': 'yes',
      'content-type': 'application/octet-stream',
      'user-agent': 'Google-Cloud-Tasks',
      'x-cloudtasks-queuename': 'q',
      'x-cloudtasks-taskname': 'one',
      'x-cloudtasks-taskretrycount': '0',
      'x-cloudtasks-taskexecutioncount': '0',
      'x-cloudtasks-tasketa': expect.stringMatching(/^\d{10}\.\d+$/),
    },
  });
  expect(seen[0]?.headers).not.toHaveProperty('x-cloudtasks-taskpreviousresponse');
  expect(seen[2]?.headers).toMatchObject({
    'x-cloudtasks-taskretrycount': '2',
    // Answers of 5xx do not count as executions.
    'x-cloudtasks-taskexecutioncount': '0',
    'x-cloudtasks-taskretryreason': '',
    'x-cloudtasks-taskpreviousresponse': '502',
  });
});

test('a null is an unset field', async () => {
  const { call } = await open();
  const { url } = await listen();
  const task = { httpRequest: { url, headers: null, oidcToken: null }, scheduleTime: null, name: null };
  expect((await call('POST', `${QUEUE}/tasks`, { task, responseView: null })).status).toBe(200);
  expect((await call('POST', `${QUEUE}/tasks`, 'null')).status).toBe(400);
});
