import { expect, test } from 'vitest';
import { applyHttpTarget, httpTargetSchema } from './http-target.ts';

const request = {
  url: 'http://task.example:3000/own/path?own=1',
  method: 'POST',
  headers: { 'X-Kept': 'task', 'Content-Type': 'text/plain' },
};

const apply = (target: object) => applyHttpTarget(httpTargetSchema.parse(target), request);

test('no target, or an empty one, changes nothing', () => {
  expect(applyHttpTarget(undefined, request)).toBe(request);
  expect(apply({})).toEqual(request);
});

test.each([
  [{ host: 'queue.example' }, 'http://queue.example/own/path?own=1'],
  [{ host: 'queue.example', port: 8080 }, 'http://queue.example:8080/own/path?own=1'],
  [{ host: '[::1]', port: '80' }, 'http://[::1]/own/path?own=1'],
  [{ port: 0 }, 'http://task.example/own/path?own=1'],
  [{ scheme: 2 }, 'https://task.example:3000/own/path?own=1'],
  [{ pathOverride: { path: '/queue' } }, 'http://task.example:3000/queue?own=1'],
  [{ pathOverride: { path: '' } }, 'http://task.example:3000/?own=1'],
  [{ queryOverride: { queryParams: 'a=1&b=2' } }, 'http://task.example:3000/own/path?a=1&b=2'],
  [{ host: 'queue.example', uriOverrideEnforceMode: 'ALWAYS' }, 'http://queue.example/own/path?own=1'],
  [{ host: 'queue.example', uriOverrideEnforceMode: 'IF_NOT_EXISTS' }, request.url],
])('%j sends to %s', (uriOverride, url) => {
  expect(apply({ uriOverride }).url).toBe(url);
});

test('method, headers whatever their case, and the token are the queue’s', () => {
  const oidcToken = { serviceAccountEmail: 'q@example.com' };
  const headerOverrides = [
    { header: { key: 'x-kept', value: 'queue' } },
    { header: { key: 'X-New', value: 'n' } },
  ];
  expect(apply({ httpMethod: 'PUT', headerOverrides, oidcToken })).toEqual({
    url: request.url,
    method: 'PUT',
    headers: { 'Content-Type': 'text/plain', 'x-kept': 'queue', 'x-new': 'n' },
    authorization: { oidcToken },
  });
});
