import { expect, test } from 'vitest';
import {
  type ColumnCounts,
  Counter,
  readDicomId,
  readId,
  readNumber,
  readStudyTime,
  readTime,
  readWords,
} from './read-cell.ts';

/** What is read, and what is wrong with it. */
function read<T>(reader: (column: ColumnCounts) => T): [T, string | undefined] {
  let problem: string | undefined;
  const value = reader({
    missing: () => (problem = 'missing'),
    unreadable: () => (problem = 'unreadable'),
    implausible: () => (problem = 'implausible'),
  });
  return [value, problem];
}

const secondsOf = (iso: string) => String(Date.parse(iso) / 1000);

test.each([
  ['10000032', '10000032'],
  ['007', '7'],
  ['0', '0'],
  ['', undefined],
  ['1.0', undefined],
  ['-5', undefined],
  ['1e9', undefined],
  ['٣', undefined],
  ['1234567890123456', undefined],
])('id %j', (cell, id) => {
  expect(readId(cell)).toBe(id);
});

test.each(['../secret', 'a/b', '.', '..', '', 'a b', 'a\u0000', 'x'.repeat(129), 'é'])(
  'a hostile dicom_id is none: %j',
  (cell) => {
    expect(readDicomId(cell)).toBeUndefined();
  },
);

test('a dicom_id as MIMIC has them', () => {
  const id = '02aa804e-bde0afdd-112c0b34-7bc16630-4e384014';
  expect(readDicomId(id)).toBe(id);
});

test.each([
  ['98.60', '98.6', undefined],
  ['.5', '0.5', undefined],
  ['0', '0', undefined],
  ['100', '100', undefined],
  ['100.01', '', 'implausible'],
  ['-1', '', 'implausible'],
  ['999999999999999', '', 'implausible'],
  ['', '', 'missing'],
  ['unable', '', 'unreadable'],
  ['0x10', '', 'unreadable'],
  ['1e1', '', 'unreadable'],
  ['NaN', '', 'unreadable'],
  ['Infinity', '', 'unreadable'],
  ['7/10', '', 'unreadable'],
])('number %j', (cell, value, problem) => {
  expect(read((column) => readNumber(cell, { min: 0, max: 100 }, column))).toEqual([value, problem]);
});

test.each([
  ['2180-05-06 19:17:00', secondsOf('2180-05-06T19:17:00Z'), undefined],
  ['2180-05-06T19:17', secondsOf('2180-05-06T19:17:00Z'), undefined],
  ['2180-05-06 19:17:00.5', secondsOf('2180-05-06T19:17:00Z'), undefined],
  ['2180-02-29 00:00:00', secondsOf('2180-02-29T00:00:00Z'), undefined],
  ['2181-02-29 00:00:00', '', 'implausible'],
  ['2180-13-01 00:00:00', '', 'implausible'],
  ['2180-00-01 00:00:00', '', 'implausible'],
  ['2180-05-06 24:00:00', '', 'implausible'],
  ['2180-05-06 25:00:00', '', 'implausible'],
  ['2180-05-06 23:59:60', '', 'implausible'],
  ['0000-05-06 00:00:00', '', 'implausible'],
  ['', '', 'missing'],
  ['2180-05-06', '', 'unreadable'],
  ['5/6/2180 19:17', '', 'unreadable'],
  ['yesterday', '', 'unreadable'],
])('time %j', (cell, value, problem) => {
  expect(read((column) => readTime(cell, column))).toEqual([value, problem]);
});

test.each([
  ['21800506', '213014.531', secondsOf('2180-05-06T21:30:14Z'), undefined],
  ['21800506', '80556.875', secondsOf('2180-05-06T08:05:56Z'), undefined],
  ['21800506', '5', secondsOf('2180-05-06T00:00:05Z'), undefined],
  ['21800506', '0.0', secondsOf('2180-05-06T00:00:00Z'), undefined],
  ['21800506', '250000', '', 'implausible'],
  ['21801301', '120000', '', 'implausible'],
  ['21800506', '', '', 'missing'],
  ['', '120000', '', 'missing'],
  ['2180-05-06', '120000', '', 'unreadable'],
  ['21800506', '1200000', '', 'unreadable'],
  ['21800506', '12:00', '', 'unreadable'],
])('study time %j %j', (date, time, value, problem) => {
  expect(read((column) => readStudyTime(date, time, column))).toEqual([value, problem]);
});

test('words lose what would break a line, and are cut', () => {
  expect(read((column) => readWords(' Chest\r\n\tpain\u2028, "x" ', column))).toEqual([
    'Chest pain , "x"',
    undefined,
  ]);
  expect(read((column) => readWords(' \n', column))).toEqual(['', 'missing']);
  const [cut] = read((column) => readWords(`${'x'.repeat(1999)}😀`, column));
  expect(cut).toHaveLength(2000);
  expect(cut.isWellFormed()).toBe(true);
});

test('counts are told in the order of their names', () => {
  const counter = new Counter();
  counter.add('b');
  counter.add('a', 2);
  counter.add('b');
  expect(JSON.stringify(counter)).toBe('{"a":2,"b":2}');
});
