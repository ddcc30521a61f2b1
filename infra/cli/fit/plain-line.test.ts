import { expect, test } from 'vitest';
import { lastWords } from '../last-words.ts';
import { plainLine } from './plain-line.ts';

test.each([
  ['{"severity":"WARNING","message":"memory: level","box":"heart","to":"stop"}', 'memory: level'],
  ['{"severity":"INFO","message":"a \\"word\\""}', 'a "word"'],
  ['{"severity":"INFO","message":7}', '{"severity":"INFO","message":7}'],
  ['{"severity":"INFO","message":"cut sho', '{"severity":"INFO","message":"cut sho'],
  ['{"severity":"ERROR","message":"no port"}', '{"severity":"ERROR","message":"no port"}'],
  ['Killed', 'Killed'],
  ['', ''],
])('%s: %s', (line, plain) => {
  expect(plainLine(line)).toBe(plain);
});

test('an error is still what is told, whatever came after it', () => {
  const lines = ['{"severity":"ERROR","message":"port is taken"}', '{"severity":"INFO","message":"ends"}'];
  expect(lastWords(lines.map(plainLine))).toBe(': port is taken');
  expect(lastWords(lines.slice(1).map(plainLine))).toBe(': ends');
});
