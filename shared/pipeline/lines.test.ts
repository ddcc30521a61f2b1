import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { readLines } from './lines.ts';

async function* cut(bytes: Buffer, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function read(text: string | Buffer, chunkBytes = 7, limitBytes = 1000): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(cut(Buffer.from(text), chunkBytes), limitBytes)) lines.push(line);
  return lines;
}

test('lines are the same however the text is cut, in the middle of a letter too', async () => {
  const lines = fc.array(fc.string({ unit: 'grapheme' }).filter((line) => !line.includes('\n')));
  await fc.assert(
    fc.asyncProperty(lines, fc.integer({ min: 1, max: 9 }), async (wanted, chunkBytes) => {
      expect(await read(wanted.map((line) => `${line}\n`).join(''), chunkBytes)).toEqual(wanted);
    }),
  );
});

test('the last line needs no end', async () => {
  expect(await read('a\n\nb')).toEqual(['a', '', 'b']);
  expect(await read('')).toEqual([]);
});

test('a line over the limit, and bytes that are no text, are errors', async () => {
  await expect(read('x'.repeat(101), 7, 100)).rejects.toThrow(RangeError);
  expect(await read(`${'x'.repeat(100)}\ny`, 7, 100)).toHaveLength(2);
  await expect(read(Buffer.from([0x61, 0xff, 0x0a]))).rejects.toThrow(TypeError);
});
