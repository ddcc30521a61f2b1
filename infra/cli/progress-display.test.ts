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

test('without a terminal: a line a change, at most one in 2 s, and the last state in any case', () => {
  const { stream, text } = capture();
  let nowMs = 0;
  const display = createProgressDisplay(stream, () => nowMs);
  const at = (ms: number, progress: Progress) => {
    nowMs = ms;
    display.update(progress);
  };
  at(0, { ...running, state: 'planning', records: undefined });
  at(1_000, running);
  at(2_000, running);
  at(4_000, { ...running, recordsDone: 8 });
  at(5_000, { ...running, recordsDone: 16 });
  at(9_000, { ...running, recordsDone: 16 });
  at(20_000, { ...running, recordsDone: 16 });
  at(20_500, done);
  display.end();
  display.end();
  expect(text().trimEnd().split('\n')).toEqual([
    'counting records',
    'making shards | 0/40 records',
    'making shards | 8/40 records | 2.7 records/s | 12 s left',
    'making shards | 16/40 records | 4.0 records/s | 6 s left',
    'done: 40 records, 2 left out, in 3 tars, 2.1 records/s',
  ]);
});

test('a failure says its code', () => {
  const { stream, text } = capture();
  const display = createProgressDisplay(stream);
  display.update({ ...running, state: 'failed', error: { code: 'manifest-empty', message: 'no lines' } });
  expect(text()).toBe('failed: manifest-empty: no lines\n');
});

test('on a terminal: a bar that is redrawn in place, notes above it, and one last line', async () => {
  const { stream, text } = capture();
  Object.assign(stream, { isTTY: true, columns: 100 });
  let nowMs = 0;
  const display = createProgressDisplay(stream, () => nowMs);
  display.update(running);
  nowMs = 5_000;
  display.update({ ...running, recordsDone: 20 });
  await expect.poll(text).toContain('50% | 20/40 records | 4.0 records/s | 5 s left');
  display.note('a box was killed');
  display.update(done);
  display.end();
  display.end();
  expect(text()).toContain('\r\u001b[Ka box was killed\n');
  expect(text().split('\n').at(-2)).toContain('done: 40 records, 2 left out, in 3 tars');
  expect(text().match(/done:/g)).toHaveLength(1);
  // Nothing that would have to be undone when Ctrl-C ends the program at any moment.
  expect(text()).not.toContain('\u001b[?');
});

function capture() {
  const stream = new PassThrough();
  let written = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    written += chunk;
  });
  return { stream, text: () => written };
}
