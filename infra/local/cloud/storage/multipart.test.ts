import { expect, test } from 'vitest';
import fc from '../../../../test/fixtures/properties.ts';
import { multipartBoundary, readMultipart } from './multipart.ts';

const HEAD =
  '--b0\r\nContent-Type: application/json\r\n\r\n{"name":"x"}\r\n--b0\r\nContent-Type: image/png\r\n\r\n';

async function* inChunks(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function parse(bytes: Buffer, sizes: readonly number[] = [bytes.length + 1]) {
  const upload = await readMultipart(inChunks(bytes, sizes), 'b0');
  const media: Buffer[] = [];
  for await (const chunk of upload.media) media.push(chunk);
  return { ...upload, media: Buffer.concat(media) };
}

test('any media comes out whole, however the body is cut into chunks', async () => {
  // Pieces of the delimiter itself, so that near misses are common.
  const piece = fc.constantFrom('\r', '\n', '\r\n', '--', '\r\n--', '\r\n--b', 'b0', 'x', '\0');
  const media = fc
    .array(piece)
    .map((pieces) => pieces.join(''))
    .filter((text) => !text.includes('\r\n--b0'));
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(media, sizes, async (text, chunkSizes) => {
      const parsed = await parse(Buffer.from(`${HEAD}${text}\r\n--b0--\r\n`), chunkSizes);
      expect(parsed.media.toString()).toBe(text);
      expect(parsed.metadata.toString()).toBe('{"name":"x"}');
      expect(parsed.mediaType).toBe('image/png');
    }),
  );
});

test('lines that end in LF alone are lines', async () => {
  const parsed = await parse(
    Buffer.from(
      `${HEAD.replaceAll('\r', '')}a\r\n--b0 is no end\nb\n--b0--\n`.replace('\n--b0 is', '--b0 is'),
    ),
    [3],
  );
  expect(parsed.metadata.toString()).toBe('{"name":"x"}');
  expect(parsed.mediaType).toBe('image/png');
  expect(parsed.media.toString()).toBe('a\r--b0 is no end\nb');
});

test('a part without headers is read', async () => {
  const parsed = await parse(Buffer.from('--b0\r\n\r\n{}\r\n--b0\r\n\r\nmedia\r\n--b0--'));
  expect(parsed.metadata.toString()).toBe('{}');
  expect(parsed.media.toString()).toBe('media');
  expect(parsed.mediaType).toBeUndefined();
});

test.each([
  ['nothing', ''],
  ['no boundary', 'some text'],
  ['a body that ends in the metadata', '--b0\r\nContent-Type: application/json\r\n\r\n{"na'],
  ['a body that ends in the media', `${HEAD}half of the med`],
  ['one part', '--b0\r\n\r\n{}\r\n--b0--\r\n\r\n'],
  ['three parts', `${HEAD}media\r\n--b0\r\n\r\nmore\r\n--b0--`],
  ['metadata over the limit', `--b0\r\n\r\n${' '.repeat(1024 * 1024 + 1)}\r\n--b0\r\n\r\nmedia\r\n--b0--`],
  ['a header over the limit', `--b0\r\n${'x'.repeat(20_000)}\r\n\r\n{}\r\n--b0\r\n\r\nmedia\r\n--b0--`],
])('refuses %s', async (_name, body) => {
  await expect(parse(Buffer.from(body))).rejects.toMatchObject({ name: 'ApiError', status: 400 });
});

test('reads the boundary in each form', () => {
  expect(multipartBoundary('multipart/related; boundary=abc')).toBe('abc');
  expect(multipartBoundary('Multipart/Related; type="x"; Boundary="a b"')).toBe('a b');
  expect(() => multipartBoundary('multipart/related')).toThrow('boundary');
  expect(() => multipartBoundary('multipart/form-data; boundary=a')).toThrow('multipart/related');
  expect(() => multipartBoundary(undefined)).toThrow('multipart/related');
});
