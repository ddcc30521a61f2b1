import { expect, test } from 'vitest';
import { createNormalizer } from './normalizer.ts';
import { loadPatternLibrary } from './pattern-library.ts';
import { splitText } from './split-behavior.ts';

/** What tokenizers 0.23.3 makes of them: `Split(Regex(pattern), "contiguous").pre_tokenize_str(text)`. */
test.each([
  ['(?=[A-Z])', 'fooBarBaz', ['foo', 'Bar', 'Baz']],
  ['(?=[A-Z])', 'FooBar', ['Foo', 'Bar']],
  ['a*', 'baacaab', ['b', 'aa', 'c', 'aa', 'b']],
  ['(?<=a)|aa', 'aaaab', ['aa', 'a', 'a', 'b']],
  ['aa|(?=a)', 'aaaab', ['aaaa', 'b']],
])('an empty match keeps apart what is on its sides: %s in %s', (source, text, pieces) => {
  const pattern = new RegExp(source, 'gu');
  for (const invert of [false, true]) {
    expect(splitText(text, { pattern, behavior: 'Contiguous', invert })).toEqual(pieces);
  }
});

/** `normalizers.Replace(Regex("a*"), "-").normalize_str(text)` of the same library. */
test.each([
  ['baacaab', '-b-c-b-'],
  ['', ''],
])('an empty match behind another one is none: in "%s"', async (text, replaced) => {
  const step = { type: 'Replace', pattern: { Regex: 'a*' }, content: '-' };
  expect(createNormalizer(step, await loadPatternLibrary())(text)).toBe(replaced);
});
