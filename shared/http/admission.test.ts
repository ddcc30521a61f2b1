import { expect, test } from 'vitest';
import { RetryableError } from '../errors/retryable-error.ts';
import { ADMITTED, type Admits, admitted, requestCostBytes } from './admission.ts';
import { createBoxApp } from './box-app.ts';

const COST = { fixedBytes: 1000, timesBody: 3, maxBodyBytes: 500 };
const asked = (headers: Record<string, string>) => new Request('http://box/x', { method: 'POST', headers });

test('a request costs what is fixed and so many times its body, and as much as the longest where it says nothing', () => {
  expect(requestCostBytes(asked({ 'content-length': '10' }), COST)).toBe(1030);
  expect(requestCostBytes(asked({ 'content-length': '9999999' }), COST)).toBe(2500);
  expect(requestCostBytes(asked({}), COST)).toBe(2500);
});

function boxWith(budget: Admits | undefined) {
  const app = createBoxApp({ box: 'test', log: () => {} });
  app.post('/x', admitted(budget, '/x', COST), (c) => c.json({ done: true }));
  return app;
}

test('what was admitted is given back when the answer is there, and when the handler fails', async () => {
  let held = 0;
  const budget: Admits = {
    async admit({ route, costBytes }) {
      expect(route).toBe('/x');
      held += costBytes;
      return {
        [Symbol.dispose]() {
          held -= costBytes;
        },
      };
    },
  };
  const app = boxWith(budget);
  app.post('/fails', admitted(budget, '/x', COST), () => {
    expect(held).toBeGreaterThan(0);
    throw new Error('no');
  });
  expect((await app.request('/x', { method: 'POST' })).status).toBe(200);
  expect(held).toBe(0);
  expect((await app.request('/fails', { method: 'POST' })).status).toBe(500);
  expect(held).toBe(0);
});

test('no room is 503 with Retry-After', async () => {
  const full = boxWith({
    admit: () => Promise.reject(new RetryableError('overloaded', 'full', { retryAfterMs: 1500 })),
  });
  const answer = await full.request('/x', { method: 'POST' });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
});

test('without a budget, and within a request that was admitted, all are let in', async () => {
  const never: Admits = { admit: () => Promise.reject(new Error('asked')) };
  expect((await boxWith(undefined).request('/x', { method: 'POST' })).status).toBe(200);
  expect((await boxWith(never).request('/x', { method: 'POST' }, ADMITTED)).status).toBe(200);
});
