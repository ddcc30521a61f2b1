import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withTemporaryFolder } from './temporary-folder.ts';

test('the folder is gone after the work, after its failure, and after an exit in the middle', async () => {
  const make = () => mkdtemp(join(tmpdir(), 'pillbox-temporary-'));
  const listeners = process.listenerCount('exit');
  const write = (folder: string) => writeFile(join(folder, 'a'), '');

  const done = await make();
  expect(await withTemporaryFolder(done, async (folder) => void (await write(folder)))).toBeUndefined();
  const failed = await make();
  const failing = withTemporaryFolder(failed, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect([done, failed].filter(existsSync)).toEqual([]);

  const ended = await make();
  await withTemporaryFolder(ended, async (folder) => {
    await write(folder);
    process.listeners('exit').at(-1)?.(0);
    expect(existsSync(ended)).toBe(false);
  });
  expect(process.listenerCount('exit')).toBe(listeners);
});
