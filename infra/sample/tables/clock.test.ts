import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { badStudyTimeText, dateTimeText, studyTimeText } from './clock.ts';

const at = (text: string) => Date.parse(`${text}Z`) / 1000;

test('times are written as in the tables', () => {
  expect(dateTimeText(at('2180-05-06T22:23:00'))).toBe('2180-05-06 22:23:00');
  const { date, time } = studyTimeText(at('2180-05-06T21:30:14'), createRandom('a'));
  expect(date).toBe('21800506');
  expect(time).toMatch(/^213014\.(0|\d{0,2}[1-9])$/);
});

test.each([
  ['08:51:30', '85130'],
  ['00:08:15', '815'],
  ['00:00:05', '5'],
  ['00:00:00', '0'],
])('%s loses its leading zeros', (clock, number) => {
  expect(studyTimeText(at(`2180-05-06T${clock}`), createRandom('b')).time.split('.')[0]).toBe(number);
});

test('a bad time is in no calendar or on no clock', () => {
  const random = createRandom('c');
  const seen = new Set<string>();
  for (let turn = 0; turn < 200; turn += 1) {
    const { date, time } = badStudyTimeText(at('2180-05-06T21:30:14'), random);
    const [clock = ''] = time.split('.');
    const iso = `${date.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')}T${clock.replace(/^(\d\d)(\d\d)(\d\d)$/, '$1:$2:$3')}Z`;
    // Date takes a 30th of February for the 1st of March.
    const isReal = !Number.isNaN(Date.parse(iso)) && new Date(iso).toISOString().startsWith(iso.slice(0, 19));
    expect(isReal).toBe(false);
    seen.add(`${date} ${clock}`);
  }
  expect(seen.size).toBe(8);
});
