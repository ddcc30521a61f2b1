import { expect, test } from 'vitest';
import { joinLines } from './join-lines.ts';

const share = (count: number) => ({ count, rate: 0 });
const none = { count: 0, tables: {} };

test('counts and shares of each reason, and no line where all rows were read', () => {
  const unmatched = { 'bad-time': share(0), 'outside-window': share(260), 'no-image': share(1) };
  const lines = joinLines({ options: {}, studies: 2000, matched: share(1720), unmatched, badRows: none });
  expect(lines).toEqual([
    'studies         2000',
    'matched         1720  86.0%',
    'bad-time           0   0.0%',
    'outside-window   260  13.0%',
    'no-image           1  <0.1%',
  ]);
});

test('all but one are not all; of no studies there are no shares', () => {
  const most = { options: {}, studies: 5000, matched: share(4999), unmatched: {}, badRows: none };
  expect(joinLines(most).at(-1)).toBe('matched   4999  >99.9%');
  const nothing = { options: {}, studies: 0, matched: share(0), unmatched: {}, badRows: none };
  expect(joinLines(nothing)).toEqual(['studies   0', 'matched   0']);
});

test('rows that could not be read are told by table and cause, without moving the cursor', () => {
  const tables = { metadata: { dicom_id: 14, subject_id: 6 }, '\u001b[2J': { fields: 1 } };
  const lines = joinLines({
    options: {},
    studies: 1,
    matched: share(1),
    unmatched: {},
    badRows: { count: 21, tables },
  });
  expect(lines.at(-1)).toBe(
    '21 rows could not be read: metadata 20 (dicom_id 14, subject_id 6), \\u{1b}[2J 1 (fields 1); see badLines in join.json',
  );
});
