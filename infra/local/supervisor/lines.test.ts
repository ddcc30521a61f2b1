import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readLines } from './lines.ts';

async function linesOf(...chunks: (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  readLines(stream, (line) => lines.push(line));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await new Promise((resolve) => stream.on('close', resolve));
  return lines;
}

test('lines are put together from chunks, empty and unfinished ones too', async () => {
  expect(await linesOf('a\nb', 'c\n\n', 'd')).toEqual(['a', 'bc', '', 'd']);
});

test('a character cut in two by a chunk is whole again', async () => {
  const bytes = Buffer.from('µ\n');
  expect(await linesOf(bytes.subarray(0, 1), bytes.subarray(1))).toEqual(['µ']);
});

test('a line without an end comes in pieces', async () => {
  const lines = await linesOf(...Array.from({ length: 10 }, () => 'x'.repeat(20_000)));
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join('')).toBe('x'.repeat(200_000));
});
