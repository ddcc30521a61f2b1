import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { TopRow } from './rows.ts';
import { tableLines } from './table-lines.ts';

const off: TopRow = {
  function: 'shard',
  instances: 0,
  state: 'off',
  limitMiB: 256,
  residentMiB: 0,
  peakMiB: 0,
  requestsPerSecond: 0,
  inWork: 0,
  queued: 0,
  kills: 0,
  recycles: 0,
  refused: undefined,
  sheds: undefined,
  coldStartMs: undefined,
};
const busy: TopRow = {
  ...off,
  function: 'diabetes',
  instances: 2,
  state: 'flush',
  residentMiB: 128,
  peakMiB: 192,
  requestsPerSecond: 1234.5,
  inWork: 12,
  queued: 3,
  recycles: 1,
  refused: 7,
  sheds: 2,
  coldStartMs: 147.2,
};
const plain = (columns: number, rows = [off, busy]) => tableLines(rows, { columns, isColoured: false });

test('a wide terminal shows it all', () => {
  expect(plain(140)).toMatchInlineSnapshot(`
    [
      "function  inst  state     = resident, - peak, of the limit      MiB   peak  limit   req/s  work  queue  kill  recycle  refuse  shed  cold ms",
      "shard        0  off       [                                ]                  256       0     0      0     0        0",
      "diabetes     2  flush     [================--------        ]    128    192    256    1235    12      3     0        1       7     2      147",
    ]
  `);
});

test('a narrow one leaves out what is needed least', () => {
  expect(plain(80)).toMatchInlineSnapshot(`
    [
      "function  state     memory          MiB   peak  limit   req/s  work  queue  kill",
      "shard     off       [          ]                  256       0     0      0     0",
      "diabetes  flush     [=====---  ]    128    192    256    1235    12      3     0",
    ]
  `);
  expect(plain(44)).toMatchInlineSnapshot(`
    [
      "function  state     memory        MiB  limit",
      "shard     off       [        ]           256",
      "diabetes  flush     [====--  ]    128    256",
    ]
  `);
});

test('a project without functions ends in an empty line, not in an endless search', () => {
  expect(plain(80, [])).toEqual(['']);
});

test('no line is wider than the terminal', () => {
  for (let columns = 8; columns <= 200; columns++) {
    for (const line of plain(columns)) expect(line.length).toBeLessThanOrEqual(columns);
  }
});

test('colours tell the state, and nothing else changes', () => {
  const coloured = tableLines([off, busy, { ...busy, kills: 1 }], { columns: 100, isColoured: true });
  const starts = ['\u001b[1m', '\u001b[2m', '\u001b[33m', '\u001b[31m'];
  for (const [index, start] of starts.entries()) expect(coloured[index]?.startsWith(start)).toBe(true);
  expect(coloured.map(stripVTControlCharacters)).toEqual(plain(100, [off, busy, { ...busy, kills: 1 }]));
});
