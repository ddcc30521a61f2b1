import { text } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { expect, test } from 'vitest';
import { tarEntry } from './tar-entry.ts';

const END = new Uint8Array(1024);

test('another reader finds the same files', async () => {
  const contents = {
    '000000001.png': 'x'.repeat(511),
    '000000001.txt': 'ü'.repeat(256),
    '000000001.json': '',
  };
  const blocks = Object.entries(contents).flatMap(([name, content]) => tarEntry(name, Buffer.from(content)));
  const reader = extract();
  reader.end(Buffer.concat([...blocks, END]));
  const found: Record<string, string> = {};
  for await (const entry of reader) {
    expect(entry.header).toMatchObject({ type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) });
    found[entry.header.name] = await text(entry);
  }
  expect(found).toEqual(contents);
});

test('names and sizes that do not fit are refused', () => {
  expect(() => tarEntry('x'.repeat(101), END)).toThrow(RangeError);
});
