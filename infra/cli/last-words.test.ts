import { expect, test } from 'vitest';
import { lastWords } from './last-words.ts';

test.each([
  [[], ''],
  [['starting', 'no port\u001b'], ': no port\\u{1b}'],
  [['{"severity":"ERROR","message":"port 1 is \\"taken\\"","box":"a"}', 'bye'], ': port 1 is \\"taken\\"'],
  [
    ['file:///a.mjs:3', 'TypeError: x is no function', '    at a.mjs:3:1', 'Node.js v24.21.0'],
    ': TypeError: x is no function',
  ],
  [
    ['Error [ERR_MODULE_NOT_FOUND]: Cannot find a.mjs', '}'],
    ': Error [ERR_MODULE_NOT_FOUND]: Cannot find a.mjs',
  ],
  [['{"severity":"INFO","message":"listening"}'], ': {"severity":"INFO","message":"listening"}'],
])('%j: %s', (lines, words) => {
  expect(lastWords(lines)).toBe(words);
});
