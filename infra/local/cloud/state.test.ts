/** The folder of a local cloud is its own: a second one would sweep away the blobs that the first is writing. */

import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startCloudProcess } from '../cloud-process.ts';
import { startLocalCloud } from './local-cloud.ts';

const IN_USE = /another Pillbox uses this folder: \S+$/;

async function makeDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-state-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function startProcess(dir: string) {
  const cloud = await startCloudProcess({
    dir,
    port: 0,
    config: { buckets: ['pillbox'] },
    onLine: () => {},
    onDeath: () => {},
  });
  onTestFinished(() => cloud.kill());
  return cloud;
}

test('a second one is refused, and takes nothing from an upload to the first', async () => {
  const dir = await makeDir();
  const first = await startLocalCloud({ dir, port: 0, buckets: ['pillbox'] });
  onTestFinished(() => first.close());
  const status = new Promise<number | undefined>((resolve, reject) => {
    const path = '/upload/storage/v1/b/pillbox/o?uploadType=media&name=x';
    const upload = request(first.origin + path, { method: 'POST' }, (response) => {
      resolve(response.resume().statusCode);
    }).on('error', reject);
    upload.write('first half, ');
    startLocalCloud({ dir, port: 0 })
      .then(() => reject(new Error('started')))
      .catch((error: Error) => {
        expect(error.message).toMatch(IN_USE);
        upload.end('second half');
      })
      .catch(reject);
  });
  expect(await status).toBe(200);
  const media = await fetch(`${first.origin}/storage/v1/b/pillbox/o/x?alt=media`);
  expect(await media.text()).toBe('first half, second half');
});

test('a second process is refused in one sentence; after a kill of the first it may start', async () => {
  const dir = await makeDir();
  const first = await startProcess(dir);
  await expect(startProcess(dir)).rejects.toThrow(IN_USE);
  await first.kill();
  const second = await startProcess(dir);
  expect((await fetch(`${second.origin}/storage/v1/b/pillbox`)).status).toBe(200);
});

test('a start that fails lets go of the folder', async () => {
  const dir = await makeDir();
  await expect(startLocalCloud({ dir, port: 0, buckets: ['No Bucket'] })).rejects.toThrow('bucket name');
  await (await startLocalCloud({ dir, port: 0 })).close();
});
