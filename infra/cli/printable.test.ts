import { expect, test } from 'vitest';
import { errorLine } from './error-line.ts';
import { printable } from './printable.ts';

test('control and reordering characters of a name are shown, not obeyed; other languages are left alone', () => {
  expect(printable('a\u001b[2Jb\nc\u202ed')).toBe('a\\u{1b}[2Jb\\u{a}c\\u{202e}d');
  expect(printable('Röntgen/胸部/é.jpg')).toBe('Röntgen/胸部/é.jpg');
});

test('an error is one line', () => {
  expect(errorLine(new Error('first\nsecond'))).toBe('first');
  expect(errorLine(new Error('name \u0007'))).toBe('name \\u{7}');
  expect(errorLine('text')).toBe('text');
});
