import { expect, test } from 'vitest';
import { folderOf, resolveLocation } from './object-location.ts';

test.each([
  ['files/a.jpg', { bucket: 'here', name: 'data/demo/files/a.jpg' }],
  ['gs://there/a b/ü.jpg', { bucket: 'there', name: 'a b/ü.jpg' }],
  ['a..b.jpg', { bucket: 'here', name: 'data/demo/a..b.jpg' }],
])('%s is an object', (text, expected) => {
  expect(resolveLocation(text, 'here', 'data/demo/')).toEqual(expected);
});

test.each([
  '',
  '/a.jpg',
  'a//b.jpg',
  'a/',
  './a.jpg',
  '../../other/secret.jpg',
  'gs://there',
  'gs://there/',
  'gs://UPPER/a.jpg',
  'gs://there/../a.jpg',
  's3://there/a.jpg',
  'https://example.org/a.jpg',
  'a\nb.jpg',
  'a\0b.jpg',
  '\ud800.jpg',
  'x'.repeat(1020),
])('%j is none', (text) => {
  expect(resolveLocation(text, 'here', 'data/demo/')).toBeUndefined();
});

test('the folder of an object ends in a slash, except for the root', () => {
  expect(folderOf('data/demo/manifest.jsonl')).toBe('data/demo/');
  expect(folderOf('manifest.jsonl')).toBe('');
});
