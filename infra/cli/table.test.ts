import { expect, test } from 'vitest';
import { formatTable } from './table.ts';

const columns = [
  { title: 'NAME' },
  { title: 'MiB', align: 'right' as const, minWidth: 5 },
  { title: 'NOTE' },
];

test('columns are as wide as their widest cell, numbers end at the same place, lines have no trailing space', () => {
  const rows = [
    ['plan', '98', ''],
    ['diabetes', '1204', 'ok'],
  ];
  expect(formatTable(columns, rows)).toEqual([
    'NAME        MiB  NOTE',
    'plan         98',
    'diabetes   1204  ok',
  ]);
});

test('without titles, with cells missing, and by characters rather than UTF-16 units', () => {
  expect(formatTable(columns, [['𝛼𝛽', '1', 'x'], ['abc']], { titles: false })).toEqual([
    '𝛼𝛽       1  x',
    'abc',
  ]);
  expect(formatTable(columns, [], { titles: false })).toEqual([]);
});
