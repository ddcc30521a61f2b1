/** `pillbox cloud` on a disk of 6 MiB, which is its own: mounted where no other process sees it, and gone with it. */

import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';

const ENTRY = join(import.meta.dirname, '..', 'pillbox.ts');
/** Of util-linux: a mount of its own, for a process and no other. */
const UNSHARE = 'unshare';
const DISK_MIB = 6;
const MOUNT = `mount -t tmpfs -o size=${DISK_MIB}m none "$1"`;
const TOO_LARGE = Buffer.alloc((DISK_MIB + 2) * 1024 * 1024);

async function startOnSmallDisk() {
  const disk = await mkdtemp(join(tmpdir(), 'pillbox-full-disk-'));
  onTestFinished(() => rm(disk, { recursive: true }));
  if (spawnSync(UNSHARE, ['-rm', 'sh', '-c', MOUNT, 'sh', disk]).status !== 0) return undefined;
  const command = [process.execPath, ENTRY, 'cloud', '--quiet', '--port', '0', '--bucket', 'demo'];
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    UNSHARE,
    ['-rm', 'sh', '-c', `${MOUNT} && shift && exec "$@"`, 'sh', disk, ...command, '--data', disk],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const origin = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) =>
      resolve(/http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? ''),
    );
    child.once('close', () => reject(new Error(`ended at its start: ${lines.join('; ')}`)));
  });
  // As the process itself sees it.
  const seen = `/proc/${child.pid}/root${disk}`;
  const canBeSeen = await readdir(seen).then(
    () => true,
    () => false,
  );
  return canBeSeen ? { origin, lines, folder: join(disk, 'cloud'), seen } : undefined;
}

/** Takes all the room that is left. */
async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w');
  const page = Buffer.alloc(4096);
  try {
    for (;;) await handle.write(page);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    await handle.close();
  }
}

test('what finds no room fails in the words of its API and on one line, and leaves nothing', async (context) => {
  const started = await startOnSmallDisk();
  if (started === undefined) return context.skip('a disk of its own cannot be mounted here');
  const { origin, lines, folder, seen } = started;
  const upload = (name: string, body: BodyInit) =>
    fetch(`${origin}/upload/storage/v1/b/demo/o?uploadType=media&name=${name}`, { method: 'POST', body });
  const blobs = async () => {
    const entries = await readdir(join(seen, 'cloud', 'blobs'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).length;
  };
  const full = (request: string, code: string) =>
    `${request}: the folder ${folder} cannot be used: the disk is full (${code})`;
  expect((await upload('kept', 'kept')).status).toBe(200);

  const json = await upload('large', TOO_LARGE);
  expect(json.status).toBe(500);
  expect(await json.json()).toMatchObject({
    error: { code: 500, errors: [{ domain: 'global', reason: 'backendError' }] },
  });
  const xml = await fetch(`${origin}/demo/large`, { method: 'PUT', body: TOO_LARGE });
  expect([xml.status, await xml.text()]).toEqual([
    500,
    expect.stringContaining('<Code>InternalError</Code>'),
  ]);
  expect(await blobs()).toBe(1);

  // A page that SQLite has already may take one more object.
  await fill(join(seen, 'fill'));
  const stored = ['kept'];
  let answer = await upload('empty0', '');
  for (let count = 1; answer.ok && count < 100; count += 1) {
    stored.push(`empty${count - 1}`);
    answer = await upload(`empty${count}`, '');
  }
  expect(await answer.json()).toMatchObject({ error: { code: 500, errors: [{ reason: 'backendError' }] } });
  expect(await blobs()).toBe(stored.length);

  await rm(join(seen, 'fill'));

  // What has arrived of a resumable upload stays, for whoever goes on with it, until the upload is ended.
  await writeFile(join(seen, 'spare'), Buffer.alloc(64 * 1024));
  const begun = await fetch(`${origin}/upload/storage/v1/b/demo/o?uploadType=resumable&name=large`, {
    method: 'POST',
  });
  const session = begun.headers.get('location') ?? '';
  expect((await fetch(session, { method: 'PUT', body: TOO_LARGE })).status).toBe(500);
  const status = { method: 'PUT', headers: { 'content-range': 'bytes */*' } };
  expect((await fetch(session, status)).status).toBe(308);
  expect(await blobs()).toBe(stored.length + 1);
  // To write down that it has ended takes some room.
  await rm(join(seen, 'spare'));
  expect((await fetch(session, { method: 'DELETE' })).status).toBe(499);
  expect(await blobs()).toBe(stored.length);

  expect((await upload('large', Buffer.alloc(1024 * 1024, 'x'))).status).toBe(200);
  const list = await (await fetch(`${origin}/storage/v1/b/demo/o`)).json();
  expect(list.items.map(({ name }: { name: string }) => name)).toEqual([...stored, 'large'].sort());
  expect(await blobs()).toBe(stored.length + 1);
  const large = await (await fetch(`${origin}/demo/large`)).arrayBuffer();
  expect(Buffer.from(large).equals(Buffer.alloc(1024 * 1024, 'x'))).toBe(true);
  expect(await (await fetch(`${origin}/demo/kept`)).text()).toBe('kept');

  const uploads = 'POST /upload/storage/v1/b/demo/o';
  await expect.poll(() => lines.length).toBe(4);
  expect(lines.slice(0, 2)).toEqual([full(uploads, 'ENOSPC'), full('PUT /demo/large', 'ENOSPC')]);
  expect([full(uploads, 'SQLITE_FULL'), full(uploads, 'ENOSPC')]).toContain(lines[2]);
  expect(lines[3]).toMatch(/^PUT \/upload\/.*ENOSPC\)$/);
});
