import { expect, test } from 'vitest';
import { parseEventOption } from './event-option.ts';

const TYPE = 'google.cloud.storage.object.v1.';

test.each([
  ['in/*.csv=http://localhost:3000/x', 'finalized', 'in', '*.csv', 'http://localhost:3000/x'],
  ['in/a/**=https://a.example/?b=http://c', 'finalized', 'in', 'a/**', 'https://a.example/?b=http://c'],
  ['deleted:in/**=http://localhost/', 'deleted', 'in', '**', 'http://localhost/'],
  ['metadataUpdated:in/a=b=http://localhost/', 'metadataUpdated', 'in', 'a=b', 'http://localhost/'],
])('%s', (text, type, bucket, objectPattern, url) => {
  expect(parseEventOption(text)).toEqual({ type: TYPE + type, bucket, objectPattern, url });
});

test.each([
  '',
  'in',
  'in=http://a',
  'in/=http://a',
  'in/*',
  'in/*=file:///x',
  '/x=http://a',
  'moved:in/*=http://a',
])('refuses %j', (text) => {
  expect(() => parseEventOption(text)).toThrow(/^It/);
});
