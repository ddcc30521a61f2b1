import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { readTar, TarError } from './tar-reader.ts';

interface Plain {
  readonly name: string;
  readonly bytes: Buffer;
}

async function tarOf(files: readonly Plain[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, bytes } of files) archive.entry({ name, mtime: new Date(0) }, bytes);
  archive.finalize();
  return buffer(archive);
}

async function* cut(bytes: Buffer, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function read(bytes: Buffer, chunkBytes = 1000): Promise<Plain[]> {
  const found: Plain[] = [];
  for await (const { name, content } of readTar(cut(bytes, chunkBytes))) {
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece);
    found.push({ name, bytes: Buffer.concat(pieces) });
  }
  return found;
}

const files = fc.array(
  fc.record({
    name: fc.stringMatching(/^[a-z0-9]{1,20}\.[a-z.]{1,10}[a-z]$/),
    bytes: fc.uint8Array({ maxLength: 1600 }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 6 },
);

test('what another program packed is read, however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 3000 }), async (packed, chunkBytes) => {
      expect(await read(await tarOf(packed), chunkBytes)).toEqual(packed);
    }),
    { numRuns: 60 },
  );
});

const three = await tarOf(['a.png', 'a.txt', 'b.png'].map((name) => ({ name, bytes: Buffer.alloc(700, 7) })));

test('content that nobody reads is passed over', async () => {
  const names: string[] = [];
  for await (const { name, content } of readTar(cut(three, 100))) {
    names.push(name);
    if (name === 'a.txt') for await (const _ of content) break;
  }
  expect(names).toEqual(['a.png', 'a.txt', 'b.png']);
});

test('an archive that is cut anywhere is found out', async () => {
  for (let end = 0; end < 3 * 1536 + 1024; end += 64) {
    await expect(read(three.subarray(0, end)), `${end} bytes`).rejects.toThrow(TarError);
  }
  expect(await read(three.subarray(0, 3 * 1536 + 1024))).toHaveLength(3);
});

test.each([
  ['a byte of a header', (bytes: Buffer) => bytes.writeUInt8(0x41, 1536 + 3)],
  ['no sum', (bytes: Buffer) => bytes.fill(0, 148, 156)],
  ['a size that is none', (bytes: Buffer) => bytes.write('zzzz', 124)],
  ['something after the end', (bytes: Buffer) => bytes.writeUInt8(1, bytes.byteLength - 1)],
  ['one empty block only', (bytes: Buffer) => bytes.writeUInt8(1, 3 * 1536 + 600)],
])('damage is found: %s', async (_, damage) => {
  const bytes = Buffer.concat([three.subarray(0, 3 * 1536), Buffer.alloc(2048)]);
  damage(bytes);
  await expect(read(bytes)).rejects.toThrow(TarError);
});

test('links and folders are none of ours', async () => {
  const archive = pack();
  archive.entry({ name: 'x', type: 'symlink', linkname: '/etc/passwd' });
  archive.finalize();
  await expect(read(await buffer(archive))).rejects.toThrow('no plain file');
});

test('a reader that stops early lets go of the stream', async () => {
  let closed = false;
  async function* source() {
    try {
      yield* cut(three, 512);
    } finally {
      closed = true;
    }
  }
  for await (const _ of readTar(source())) break;
  expect(closed).toBe(true);
});
