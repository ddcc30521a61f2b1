import { expect, test } from 'vitest';
import { isLocalCaller } from './local-caller.ts';

test.each(['127.0.0.1', '127.0.0.1:8788', 'localhost:1', 'LOCALHOST', '[::1]:8788'])(
  '%s is local',
  (host) => {
    expect(isLocalCaller({ host })).toBe(true);
    expect(isLocalCaller({ host, origin: `http://${host}` })).toBe(true);
  },
);

test.each([
  'evil.example',
  'evil.example:8788',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  'evil.example@127.0.0.1',
  '127.0.0.1 ',
  '',
])('%j is not, as the host asked for or as the page that asks', (host) => {
  expect(isLocalCaller({ host })).toBe(false);
  expect(isLocalCaller({ host: '127.0.0.1', origin: `https://${host}` })).toBe(false);
});

test.each([
  [{}],
  [{ origin: 'http://127.0.0.1' }],
  [{ host: 'localhost', origin: 'null' }],
  [{ host: 'localhost', origin: '' }],
])('%j is not', (headers) => {
  expect(isLocalCaller(headers)).toBe(false);
});

test('a link or an image of a page elsewhere names no origin, but its site', () => {
  const host = '127.0.0.1:8788';
  const origin = 'http://localhost:3000';
  expect(isLocalCaller({ host, 'sec-fetch-site': 'cross-site' })).toBe(false);
  for (const site of ['none', 'same-origin', 'same-site'] as const)
    expect(isLocalCaller({ host, 'sec-fetch-site': site })).toBe(true);
  expect(isLocalCaller({ host, origin, 'sec-fetch-site': 'cross-site' })).toBe(true);
  expect(isLocalCaller({ host, origin: 'https://evil.example', 'sec-fetch-site': 'none' })).toBe(false);
});
