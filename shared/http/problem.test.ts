import { expect, test } from 'vitest';
import { HttpProblem } from './problem.ts';

test('as problem+json, with its request id, headers and fields', async () => {
  const problem = new HttpProblem(422, 'input-invalid', 'Input invalid', {
    detail: 'one field is wrong',
    errors: [{ path: 'glucose', message: 'must be at least 0 mg/dL' }],
    headers: { 'retry-after': '3' },
  });
  const response = problem.toResponse('r-1');
  expect(response.status).toBe(422);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.headers.get('retry-after')).toBe('3');
  expect(response.headers.get('x-request-id')).toBe('r-1');
  expect(await response.json()).toEqual({
    type: 'about:blank',
    title: 'Input invalid',
    status: 422,
    code: 'input-invalid',
    detail: 'one field is wrong',
    requestId: 'r-1',
    errors: [{ path: 'glucose', message: 'must be at least 0 mg/dL' }],
  });
});

test('what is absent is not in the body', async () => {
  const response = new HttpProblem(404, 'no-such-route', 'Not found').toResponse();
  expect(Object.keys(await response.json())).toEqual(['type', 'title', 'status', 'code']);
  expect(response.headers.get('x-request-id')).toBeNull();
});
