import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createCounter } from './counter.ts';

function run(isTTY: boolean): string {
  const stream = Object.assign(new PassThrough(), { isTTY });
  let nowMs = 0;
  const counter = createCounter(stream, 'sample', 'studies', () => nowMs);
  for (let done = 1; done <= 10; done += 1) {
    nowMs += 1_000;
    counter.show(done, 10);
  }
  counter.end();
  counter.end();
  return String(stream.read());
}

test('on a terminal one line is drawn again and again, and is gone at the end', () => {
  const text = run(true);
  expect(text).toContain('sample [==============--------------] 5/10 studies, 5 s left');
  expect(text).not.toContain('\n');
  expect(text.endsWith('\r\u001b[K')).toBe(true);
});

test('elsewhere there is a plain line every 4 s', () => {
  expect(run(false)).toBe('sample 4/10 studies, 6 s left\nsample 8/10 studies, 2 s left\n');
});
