import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Progress } from '../../shared/pipeline/progress.ts';
import { createProgressDisplay } from './progress-display.ts';

const running: Progress = {
  state: 'running',
  stage: 'shard',
  records: 40,
  recordsDone: 0,
  shards: 5,
  shardsDone: 0,
  tars: undefined,
  tarsDone: 0,
  failed: undefined,
  error: undefined,
};
const done: Progress = {
  ...running,
  state: 'done',
  stage: 'combine',
  recordsDone: 40,
  tars: 3,
  tarsDone: 3,
  failed: 2,
};
const peaks = new Map([['shard', { peakMiB: 142.2, limitMiB: 256 }]]);

test('without a terminal: a line a change, at most one in 2 s, and the last state in any case', () => {
  const { stream, text } = capture();
  let nowMs = 0;
  const display = createProgressDisplay(stream, () => nowMs);
  const at = (ms: number, progress: Progress) => {
    nowMs = ms;
    display.update(progress);
  };
  at(0, { ...running, state: 'planning', stage: 'plan', records: undefined });
  at(1_000, running);
  at(2_000, running);
  at(4_000, { ...running, recordsDone: 8, failed: 1 });
  at(5_000, { ...running, recordsDone: 16, failed: 1 });
  at(9_000, { ...running, recordsDone: 16, failed: 1 });
  at(20_000, { ...running, recordsDone: 16, failed: 1 });
  at(20_500, done);
  display.end();
  display.end();
  expect(text().trimEnd().split('\n')).toEqual([
    'counting records',
    'making shards | 0 of 40 records',
    'making shards | 8 of 40 records | 2.7 records/s | 12 s left | 1 left out',
    'making shards | 16 of 40 records | 4.0 records/s | 6 s left | 1 left out',
    'done: 40 records, 2 left out, in 3 tars, 2.1 records/s',
  ]);
});

test('a failure says its code; text that would move the cursor is shown as what it is', () => {
  const { stream, text } = capture();
  const display = createProgressDisplay(stream);
  const error = { code: 'manifest-empty', message: 'no lines\u001b[2J' };
  display.update({ ...running, state: 'failed', error });
  display.end();
  expect(text()).toBe('failed: manifest-empty: no lines\\u{1b}[2J\n');
});

test('a job that was cancelled is not said to have failed', () => {
  const { stream, text } = capture();
  const display = createProgressDisplay(stream);
  display.update({ ...running, state: 'cancelled', error: { code: 'cancelled', message: 'stopped' } });
  expect(text()).toBe('cancelled: cancelled: stopped\n');
});

test.each([80, 120])('on a terminal of %d columns: a row a stage, drawn in place, notes above', (columns) => {
  const { stream, text } = capture();
  Object.assign(stream, { isTTY: true, columns });
  let nowMs = 0;
  const display = createProgressDisplay(stream, () => nowMs);
  display.update(running, peaks);
  nowMs = 5_000;
  display.update({ ...running, recordsDone: 20, failed: 1, failedIsAtLeast: true }, peaks);
  const lines = text().replaceAll('\u001b[K', '').split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
  expect(text()).toMatch(/plan +\[=+\] +done +40 records/);
  expect(text()).toMatch(/shard +\[=+ +\] +50% +20 of 40 records +peak 143 of 256 MiB/);
  expect(text()).toMatch(/combine +\[ +\] +waiting/);
  expect(text()).toContain('4.0 records/s | 5 s left | 1 or more left out');
  display.note('a box was killed');
  display.update(done, peaks);
  display.end();
  display.end();
  expect(text()).toContain('\u001b[4A\ra box was killed\u001b[K\n');
  expect(text()).toContain(
    'left out, in 3 tars, 8.0 records/s\u001b[K\npeak memory: shard 143 MiB\u001b[K\n',
  );
  expect(text().match(/done: 40 records, 2 left out, in 3 tars/g)).toHaveLength(1);
  // Nothing that would have to be undone when Ctrl-C ends the program at any moment.
  expect(text()).not.toContain('\u001b[?');
});

test('a terminal that became narrower keeps the old rows rather than losing what stood above', () => {
  const { stream, text } = capture();
  Object.assign(stream, { isTTY: true, columns: 100 });
  const display = createProgressDisplay(stream);
  display.update(running);
  Object.assign(stream, { columns: 40 });
  display.update(running);
  expect(text()).not.toContain('\u001b[4A');
});

function capture() {
  const stream = new PassThrough();
  let written = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    written += chunk;
  });
  return { stream, text: () => written };
}
