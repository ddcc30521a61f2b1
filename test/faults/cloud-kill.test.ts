/** The local cloud is killed in the middle of an upload: what was there stays, what was coming leaves nothing. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCloudDir, startCloudMain } from '../bounds/cloud-main.ts';

const MIB = 1024 * 1024;

test('earlier objects survive SIGKILL, the broken upload does not', async () => {
  const dir = await makeCloudDir();
  const first = await startCloudMain(dir);
  const kept = await first.store.create('kept', 'before the kill');
  const replaced = await first.store.create('replaced', 'the old content');
  const blobs = async () => {
    const entries = await readdir(join(dir, 'cloud', 'blobs'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).length;
  };

  let mayGoOn = () => {};
  const held = new Promise<void>((resolve) => {
    mayGoOn = resolve;
  });
  const uploads = ['broken', 'replaced'].map((name) => first.store.create(name, stalling(held)));
  const failures = Promise.allSettled(uploads);
  await expect.poll(blobs).toBe(4);
  await first.kill();
  mayGoOn();
  for (const failure of await failures) {
    expect(failure).toMatchObject({ status: 'rejected', reason: { code: 'storage-unavailable' } });
  }

  const second = await startCloudMain(dir);
  expect(await second.store.stat('kept')).toEqual(kept);
  expect(await second.store.stat('replaced')).toEqual(replaced);
  expect(await text(second.store.read('replaced'))).toBe('the old content');
  expect(await second.store.stat('broken')).toBeUndefined();
  expect(await blobs()).toBe(2);
  const after = await second.store.create('broken', 'whole now', { ifGenerationMatch: '0' });
  expect(BigInt(after.generation)).toBeGreaterThan(BigInt(replaced.generation));
});

async function* stalling(until: Promise<void>): AsyncGenerator<Buffer> {
  yield Buffer.alloc(2 * MIB, 1);
  await until;
  yield Buffer.alloc(MIB, 2);
}

async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}
