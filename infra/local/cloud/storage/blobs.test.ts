/** Blobs whose reader goes away: nothing waits for it, and what was removed meanwhile goes too. */

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { openBlobs } from './blobs.ts';

const SIZE_BYTES = 8 * 1024 * 1024;

/** A folder with one blob of 8 MiB in it. */
async function setUp() {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-blobs-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const blobs = openBlobs(dir);
  const { id } = await blobs.write(Readable.from([Buffer.alloc(SIZE_BYTES, 7)]));
  const files = async () => {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  };
  return { dir, blobs, id, range: { id, startByte: 0, endByteExclusive: SIZE_BYTES }, files };
}

test('a destination that takes bytes, calls nobody back and then closes', async () => {
  const { blobs, id, range, files } = await setUp();
  const mute = new Writable({ write() {} });
  const sent = blobs.send([range], mute);
  const outcome = expect(sent).rejects.toThrow('closed');
  await expect.poll(() => mute.writableLength).toBeGreaterThan(0);
  await blobs.remove([id]);
  expect(await files()).toEqual([id]);
  mute.emit('close');
  await outcome;
  expect(await files()).toEqual([]);
});

test('a destination that is closed already', async () => {
  const { blobs, id, range, files } = await setUp();
  const closed = new Writable({ write() {} }).destroy();
  await expect(blobs.send([range], closed)).rejects.toThrow('closed');
  await blobs.remove([id]);
  expect(await files()).toEqual([]);
});

test('a response whose socket is destroyed under it', async () => {
  const { blobs, id, range, files } = await setUp();
  const outcomes: Promise<string>[] = [];
  const serve = (response: ServerResponse) => {
    const { socket } = response;
    response.writeHead(200, { 'content-length': SIZE_BYTES });
    // Destroyed, but its close has not been told to anyone when the first bytes are written.
    const write = response.write.bind(response) as typeof response.write;
    response.write = ((...args: Parameters<typeof write>) => {
      socket?.destroy();
      return write(...args);
    }) as typeof response.write;
    const told = blobs.send([range], response).then(
      () => 'sent',
      () => 'cut off',
    );
    outcomes.push(told);
  };
  const server = createServer((_request, response) => serve(response)).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await expect.poll(() => server.listening).toBe(true);
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await expect.poll(() => outcomes.length).toBe(1);
  expect(await outcomes[0]).toBe('cut off');
  await blobs.remove([id]);
  expect(await files()).toEqual([]);
});

test('what is removed while it is read stays until the reader has it all', async () => {
  const { blobs, id, range, files } = await setUp();
  let sizeBytes = 0;
  const slow = new Writable({
    write(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      setImmediate(done);
    },
  });
  const sent = blobs.send([range], slow);
  await blobs.remove([id]);
  expect(await files()).toEqual([id]);
  await sent;
  expect(sizeBytes).toBe(SIZE_BYTES);
  expect(slow.listenerCount('close')).toBeLessThan(3);
  expect(await files()).toEqual([]);
});

test('files of others in the folder neither stop a sweep nor go with it', async () => {
  const { dir, blobs, id, files } = await setUp();
  await writeFile(join(dir, '.DS_Store'), '');
  await writeFile(join(dir, id.slice(0, 2), '.DS_Store'), '');
  await blobs.sweep(() => false);
  expect((await files()).sort()).toEqual(['.DS_Store', '.DS_Store']);
});
