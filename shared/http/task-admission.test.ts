import { expect, test } from 'vitest';
import * as z from 'zod';
import { RetryableError } from '../errors/retryable-error.ts';
import type { Admits } from './admission.ts';
import { createBoxApp } from './box-app.ts';
import { HttpProblem } from './problem.ts';
import { addTaskRoute } from './task-route.ts';

function boxWith(admit: Admits['admit']) {
  const seen = { runs: 0, terminal: [] as string[] };
  const app = createBoxApp({ box: 'shard', log: () => {} });
  addTaskRoute(app, {
    path: '/shards',
    schema: z.object({}),
    log: () => {},
    budget: { admit },
    costBytes: 5,
    retryLimit: 3,
    async run() {
      seen.runs += 1;
    },
    async onTerminal(error) {
      seen.terminal.push(error.code);
    },
  });
  const send = async (retries: number) => {
    const headers = {
      'content-type': 'application/json',
      'x-cloudtasks-taskretrycount': String(retries),
    };
    return (await app.request('/shards', { method: 'POST', headers, body: '{}' })).status;
  };
  return { seen, send };
}

test('a task holds its lease while it runs', async () => {
  let held = 0;
  const { seen, send } = boxWith(async ({ route, costBytes }) => {
    expect([route, costBytes]).toEqual(['/shards', 5]);
    held += 1;
    return {
      [Symbol.dispose]() {
        held -= 1;
      },
    };
  });
  expect(await send(0)).toBe(200);
  expect([seen.runs, held]).toEqual([1, 0]);
});

test('one that can never fit has failed for good, with a trace', async () => {
  const { seen, send } = boxWith(() =>
    Promise.reject(new HttpProblem(413, 'request-too-large-for-box', 'Too large')),
  );
  expect(await send(0)).toBe(200);
  expect(seen).toEqual({ runs: 0, terminal: ['task-too-large'] });
});

test('one that finds no room is sent again, and leaves a trace when that was the last time', async () => {
  const { seen, send } = boxWith(() => Promise.reject(new RetryableError('overloaded', 'full')));
  expect(await send(0)).toBe(503);
  expect(await send(2)).toBe(503);
  expect(seen.terminal).toEqual([]);
  expect(await send(3)).toBe(200);
  expect(seen).toEqual({ runs: 0, terminal: ['given-up'] });
});
