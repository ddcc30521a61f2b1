import { expect, test } from 'vitest';
import { decodeEntry, INDEX_ENTRY_BYTES } from '../../shared/pipeline/index-entry.ts';
import fc from '../../test/fixtures/properties.ts';
import { indexManifest } from './manifest-index.ts';

async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  const index: Uint8Array[] = [];
  for await (const chunk of indexManifest(streamOf(chunks))) index.push(chunk);
  const entries = Buffer.concat(index);
  const text = Buffer.concat(chunks);
  return Array.from({ length: entries.byteLength / INDEX_ENTRY_BYTES }, (_, i) => {
    const { offset, length } = decodeEntry(
      entries.subarray(i * INDEX_ENTRY_BYTES, (i + 1) * INDEX_ENTRY_BYTES),
    );
    return text.subarray(offset, offset + length).toString();
  });
}

async function* streamOf(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks;
}

test.each([
  ['a\nb\n', ['a', 'b']],
  ['a\nb', ['a', 'b']],
  ['a\r\nb\r\n', ['a\r', 'b\r']],
  ['\n\n a\n \t\r\n\nb', [' a', 'b']],
  ['ü€😀\n\u00a0\n', ['ü€😀', '\u00a0']],
  ['', []],
  [' \n\t\n\r\n', []],
])('the non-blank lines of %j', async (text, expected) => {
  expect(await linesOf([Buffer.from(text)])).toEqual(expected);
});

test('chunks may be cut anywhere', async () => {
  const texts = fc.array(fc.constantFrom('a', 'é', '\n', '\r', ' ', '{"k":1}'), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 5 }), async (pieces, size) => {
      const bytes = Buffer.from(pieces.join(''));
      const chunks = Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const expected = pieces
        .join('')
        .split('\n')
        .filter((line) => /[^ \t\r]/.test(line));
      expect(await linesOf(chunks)).toEqual(expected);
    }),
  );
});

test('a manifest of many records is indexed in chunks, and offsets beyond 4 GiB are right', async () => {
  const block = new Uint8Array(64 * 1024 * 1024).fill(0x78);
  async function* manifest(): AsyncIterable<Uint8Array> {
    for (let i = 0; i < 65; i++) yield block;
    yield Buffer.from('\nlast\n');
  }
  const index: Uint8Array[] = [];
  for await (const chunk of indexManifest(manifest())) index.push(chunk);
  const last = Buffer.concat(index).subarray(INDEX_ENTRY_BYTES);
  expect(decodeEntry(last)).toEqual({ offset: 65 * block.byteLength + 1, length: 4 });

  const sizes: number[] = [];
  for await (const chunk of indexManifest(streamOf([Buffer.from('x\n'.repeat(10_000))])))
    sizes.push(chunk.byteLength);
  expect(sizes).toEqual([65_536, 65_536, 28_928]);
});
