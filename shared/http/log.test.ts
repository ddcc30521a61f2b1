import { expect, test } from 'vitest';
import { createLog, errorFields } from './log.ts';

test('one JSON line with the fields that Cloud Logging reads', () => {
  const lines: string[] = [];
  createLog('shard', (line) => lines.push(line))('WARNING', 'two\nlines', {
    records: 16,
    missing: undefined,
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('\n');
  const entry = JSON.parse(lines[0] ?? '');
  expect(entry).toEqual({
    severity: 'WARNING',
    message: 'two\nlines',
    box: 'shard',
    records: 16,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
});

test('an unexpected error is told by its class and place, never by its message', () => {
  const error = new TypeError('glucose 148 is\n    at odds');
  const fields = errorFields(error);
  expect(fields['error']).toBe('TypeError');
  expect(fields['at']).toContain('log.test.ts');
  expect(JSON.stringify(fields)).not.toContain('148');
});

test('a message that looks like a stack frame is left out too', () => {
  expect(JSON.stringify(errorFields(new Error('x\n    at patient 10000032')))).not.toContain('10000032');
});

test.each(['y', '', 'E'])('nor a message that was changed to "%s" later', (later) => {
  const error = new Error('x\n    at patient 10000032');
  expect(error.stack).toContain('10000032');
  error.message = later;
  expect(errorFields(error)).toEqual({ error: 'Error' });
});

test('an error without a message, and one with a code, have their frames', () => {
  expect(errorFields(new RangeError())['at']).toContain('log.test.ts');
  const coded = (() => {
    try {
      return new URL('not a url');
    } catch (error) {
      return error;
    }
  })();
  expect(errorFields(coded)).toMatchObject({
    error: 'TypeError',
    at: expect.stringContaining('log.test.ts'),
  });
});

test('what is thrown need not be an error', () => {
  expect(errorFields('glucose 148')).toEqual({ error: 'string' });
});
