import { expect, test } from 'vitest';
import { timeText } from './time-text.ts';

const NOW_MS = 1_767_225_600_000;

test.each([
  [0, 'now'],
  [0.4, 'now'],
  [999, 'in 999 ms'],
  [-1_500, '2 s ago'],
  [89_000, 'in 89 s'],
  [-90_000, '2 min ago'],
  [3_600_000, 'in 60 min'],
  [-7_200_000, '2 h ago'],
  [30 * 86_400_000, 'in 30 d'],
])('%d ms from now: %s', (ms, text) => {
  expect(timeText(NOW_MS + ms, NOW_MS)).toBe(text);
});
