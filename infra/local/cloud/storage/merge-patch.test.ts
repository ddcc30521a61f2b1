/** Merge patches, by the examples of RFC 7396 that concern objects. */

import { expect, test } from 'vitest';
import { mergePatch } from './merge-patch.ts';

test.each<[object, object, object]>([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j with %j', (target, patch, expected) => {
  expect(mergePatch(target as Record<string, unknown>, patch as Record<string, unknown>)).toEqual(expected);
});

test('a key of the name __proto__ is a key', () => {
  const patch = JSON.parse('{"__proto__":{"polluted":"yes"}}') as Record<string, unknown>;
  const merged = mergePatch({}, patch);
  expect(Object.keys(merged)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('what is nested without end is refused', () => {
  const nested = (levels: number, open: string, close: string) =>
    JSON.parse(`{"a":${open.repeat(levels)}1${close.repeat(levels)}}`) as Record<string, unknown>;
  for (const patch of [nested(3000, '{"a":', '}'), nested(3000, '[', ']')]) {
    expect(() => mergePatch({}, patch)).toThrow('nested too deeply');
  }
});
