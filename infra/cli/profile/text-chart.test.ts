import { expect, test } from 'vitest';
import type { MemorySample } from './memory-curve.ts';
import { textChart } from './text-chart.ts';

const MIB = 1024 * 1024;

function sample(ms: number, residentMiB: number, anonymousMiB?: number): MemorySample {
  const anonymousBytes = anonymousMiB === undefined ? undefined : anonymousMiB * MIB;
  return { ms, residentBytes: residentMiB * MIB, anonymousBytes };
}

const RISE = [sample(0, 10, 2), sample(50, 60, 20), sample(55, 90, 50), sample(100, 60, 40)];

test('own memory, pages of files, the limit and the axes', () => {
  expect(textChart(RISE, { limitMiB: 128, columns: 40, rows: 8 })).toMatchInlineSnapshot(`
    [
      "   128 +-------------------------------",
      "   112 |",
      "    96 |                 ▒▒▒▒▒▒▒▒▒▒▒▒▒",
      "    80 |                 ▒▒▒▒▒▒▒▒▒▒▒▒▒",
      "    64 |               ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒",
      "    48 |               ▒▒██████████████",
      "    32 |               ▒▒██████████████",
      "    16 |▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒████████████████",
      "     0 +-------------------------------",
      "        0                        100 ms",
    ]
  `);
});

test('a peak over the limit makes the chart higher than the limit', () => {
  const chart = textChart([sample(0, 50), sample(10, 200)], { limitMiB: 100, columns: 30, rows: 4 });
  expect(chart[0]).toMatch(/^ +200 \| +\u2588$/);
  expect(chart[2]).toMatch(/^ +100 \+-/);
});

test('no line is wider than was asked for, however short the time', () => {
  for (const columns of [20, 80, 120]) {
    for (const samples of [RISE, [sample(0, 5)]]) {
      for (const line of textChart(samples, { limitMiB: 128, columns }))
        expect(line.length).toBeLessThanOrEqual(columns);
    }
  }
});
