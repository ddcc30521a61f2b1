import { expect, test } from 'vitest';
import { RetryableError } from '../errors/retryable-error.ts';
import { TerminalError } from '../errors/terminal-error.ts';
import { createBoxApp } from './box-app.ts';
import { createLog } from './log.ts';
import { HttpProblem } from './problem.ts';

function box(ready?: () => Promise<void>) {
  const lines: string[] = [];
  const log = createLog('heart', (line) => lines.push(line));
  const app = createBoxApp({ box: 'heart', log, ...(ready === undefined ? {} : { ready }) });
  return { app, lines, entries: () => lines.map((line): Record<string, unknown> => JSON.parse(line)) };
}

test('health, without a line in the log', async () => {
  const { app, lines } = box();
  expect(await (await app.request('/health/live')).json()).toEqual({ live: true, box: 'heart' });
  expect(await (await app.request('/health/ready')).json()).toEqual({ ready: true, box: 'heart' });
  expect(lines).toEqual([]);
});

test('not ready is 503, and says why', async () => {
  const { app } = box(async () => {
    throw new RetryableError('overloaded', 'the model is loading', { retryAfterMs: 1_500 });
  });
  const response = await app.request('/health/ready');
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('2');
  expect(await response.json()).toMatchObject({ code: 'overloaded', detail: 'the model is loading' });
});

test.each([
  [new HttpProblem(418, 'teapot', 'A teapot'), 418, 'teapot'],
  [
    new TerminalError('job-invalid', 'splits.train', { fields: [{ path: 'splits.train', message: 'x' }] }),
    422,
    'job-invalid',
  ],
  [new RetryableError('storage-unavailable', 'storage does not answer'), 500, 'storage-unavailable'],
  [new Error('boom'), 500, 'internal'],
])('%s is answered as problem+json', async (error, status, code) => {
  const { app } = box();
  app.get('/x', () => {
    throw error;
  });
  const response = await app.request('/x', { headers: { 'x-request-id': 'abc' } });
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.headers.get('x-request-id')).toBe('abc');
  expect(await response.json()).toMatchObject({ status, code, requestId: 'abc' });
});

test('fields at fault reach the caller', async () => {
  const { app } = box();
  const fields = [{ path: 'splits.train', message: 'must be at most 1' }];
  app.get('/x', () => {
    throw new TerminalError('job-invalid', 'splits.train', { fields });
  });
  expect(await (await app.request('/x')).json()).toMatchObject({ errors: fields });
});

test('an unexpected error tells nobody its message', async () => {
  const { app, lines, entries } = box();
  app.get('/x', () => {
    throw new SyntaxError('Unexpected token in "glucose SECRET"');
  });
  const answer = await (await app.request('/x')).text();
  expect(answer + lines.join()).not.toContain('SECRET');
  expect(entries().find((entry) => entry['severity'] === 'ERROR')).toMatchObject({
    message: 'unexpected error',
    error: 'SyntaxError',
    code: 'internal',
    at: expect.stringContaining('box-app.test.ts'),
  });
});

test('one access line a request: the pattern of the route, not the path', async () => {
  const { app, lines, entries } = box();
  app.get('/subjects/:id', (c) => c.json({}, 201));
  await app.request('/subjects/10000032?note=fever', { headers: { 'x-request-id': 'abc' } });
  expect(lines.join()).not.toMatch(/10000032|fever/);
  expect(entries()).toEqual([
    expect.objectContaining({
      severity: 'INFO',
      message: 'GET /subjects/:id 201',
      route: '/subjects/:id',
      method: 'GET',
      status: 201,
      ms: expect.any(Number),
      requestId: 'abc',
    }),
  ]);
});

test('a path that nobody answers is not logged', async () => {
  const { app, lines, entries } = box();
  const response = await app.request('/subjects/10000032', { method: 'DELETE' });
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ code: 'no-such-route' });
  expect(entries()).toEqual([expect.objectContaining({ message: 'DELETE no route 404' })]);
  expect(lines.join()).not.toContain('10000032');
});

test('an error has its access line too', async () => {
  const { app, entries } = box();
  app.get('/x', () => {
    throw new Error('boom');
  });
  await app.request('/x');
  expect(entries().map((entry) => entry['message'])).toContain('GET /x 500');
});

test.each(['abc', 'A-b_9=', crypto.randomUUID()])('a sane request id is kept: %s', async (id) => {
  const response = await box().app.request('/health/live', { headers: { 'x-request-id': id } });
  expect(response.headers.get('x-request-id')).toBe(id);
});

test.each(['', 'a b', 'a"b', '<script>', 'x'.repeat(129)])('another is replaced: %s', async (id) => {
  const response = await box().app.request('/health/live', { headers: { 'x-request-id': id } });
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('what is given up because its client has gone is no error of ours; another error then still is', async () => {
  const lines: string[] = [];
  const app = createBoxApp({ box: 'test', log: createLog('test', (line) => lines.push(line)) });
  app.get('/given-up', (c) => c.req.raw.signal.throwIfAborted() ?? c.json({}));
  app.get('/broken', () => {
    throw new Error('broken');
  });
  const signal = AbortSignal.abort(new Error('gone'));
  expect((await app.request('/given-up', { signal })).status).toBe(499);
  expect(lines.join()).not.toContain('ERROR');
  expect((await app.request('/broken', { signal })).status).toBe(500);
  expect(lines.join()).toContain('"severity":"ERROR"');
});
