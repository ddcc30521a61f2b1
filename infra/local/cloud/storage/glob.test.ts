/** Patterns of `matchGlob`. */

import { expect, test } from 'vitest';
import fc from '../../../../test/fixtures/properties.ts';
import { compileGlob } from './glob.ts';

test.each<[string, string[], string[]]>([
  ['*.txt', ['a.txt', '.txt'], ['a/b.txt', 'a.txt2', 'a.tx']],
  ['**.txt', ['a.txt', 'a/b.txt'], ['a.csv']],
  ['a/**/b', ['a/x/b', 'a/x/y/b', 'a//b'], ['a/b', 'a/x/c']],
  ['a?c', ['abc', 'a😀c'], ['a/c', 'ac', 'abbc']],
  ['[a-c]x', ['ax', 'cx'], ['dx', 'x', '[x']],
  ['[!a-c]x', ['dx'], ['ax', '/x']],
  ['[]-]x', [']x', '-x'], ['ax']],
  ['{one,two}/*.{jpg,png}', ['one/a.jpg', 'two/.png'], ['three/a.jpg', 'one/a.gif', 'one/b/a.jpg']],
  ['a{b{c,d},e}', ['abc', 'abd', 'ae'], ['ab', 'a']],
  ['\\*', ['*'], ['a', '\\*']],
  ['', [''], ['a']],
  ['(a|b)+.$', ['(a|b)+.$'], ['a', 'ab']],
])('%s', (pattern, matching, others) => {
  const matches = compileGlob(pattern);
  expect(matching.filter((name) => !matches(name))).toEqual([]);
  expect(others.filter(matches)).toEqual([]);
});

test.each(['{a', 'a}', '[a', '{a,b}'.repeat(12), 'x'.repeat(2000)])('%j is refused', (pattern) => {
  expect(() => compileGlob(pattern)).toThrow('Invalid value for matchGlob.');
});

test('no pattern takes long', () => {
  const name = 'a'.repeat(1024);
  const startMs = performance.now();
  expect(compileGlob(`${'*a'.repeat(400)}b`)(name)).toBe(false);
  expect(compileGlob(`${'**?'.repeat(300)}b`)(name)).toBe(false);
  // A matcher that went back would not end in this century.
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

test('a name is matched by itself, escaped', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (name) => {
      expect(compileGlob(name.replace(/[\\*?[\]]/g, '\\$&').replace(/[{}]/g, '?'))(name)).toBe(true);
    }),
  );
});
