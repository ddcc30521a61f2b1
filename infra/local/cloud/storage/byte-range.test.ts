import { expect, test } from 'vitest';
import { parseContentRange, parseRange } from './byte-range.ts';

test.each([
  ['bytes=0-3', 10, [0, 4]],
  ['bytes=4-', 10, [4, 10]],
  ['bytes=4-400', 10, [4, 10]],
  ['bytes=-3', 10, [7, 10]],
  ['bytes=-30', 10, [0, 10]],
])('%s of %i bytes', (header, size, [startByte, endByteExclusive]) => {
  expect(parseRange(header, size)).toEqual({ startByte, endByteExclusive });
});

test.each([undefined, '', 'bytes=-', 'bytes=5-2', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=a-b'])(
  '%s asks for the whole',
  (header) => expect(parseRange(header, 10)).toBeUndefined(),
);

test.each([
  ['bytes=10-', 10],
  ['bytes=10-20', 10],
  ['bytes=-0', 10],
  ['bytes=0-', 0],
])('%s of %i bytes cannot be satisfied', (header, size) => {
  expect(() => parseRange(header, size)).toThrow(
    expect.objectContaining({ status: 416, headers: { 'content-range': `bytes */${size}` } }),
  );
});

test('a chunk, with its end known or not, and a question', () => {
  const chunk = { startByte: 0, endByteExclusive: 10 };
  expect(parseContentRange('bytes 0-9/10')).toEqual({ chunk, totalBytes: 10 });
  expect(parseContentRange('bytes 0-9/*')).toEqual({ chunk, totalBytes: undefined });
  expect(parseContentRange('bytes */10')).toEqual({ chunk: undefined, totalBytes: 10 });
  expect(parseContentRange('bytes */*')).toEqual({ chunk: undefined, totalBytes: undefined });
});

test.each(['', 'bytes', 'bytes 9-0/10', 'bytes 0-10/10', 'bytes 0-x/10', 'bytes -5/10'])(
  'refuses the Content-Range "%s"',
  (header) => expect(() => parseContentRange(header)).toThrow(expect.objectContaining({ status: 400 })),
);
