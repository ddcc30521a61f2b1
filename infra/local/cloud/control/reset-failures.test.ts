/** Resets that fail half way: what a start or another reset finds afterwards. */

import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { startLocalCloud } from '../local-cloud.ts';

const removing = vi.hoisted(() => ({ before: async (_path: string): Promise<void> => {} }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const rmAfter: typeof real.rm = async (path, options) => {
    await removing.before(String(path));
    await real.rm(path, options);
  };
  return { ...real, rm: rmAfter };
});
afterEach(() => {
  removing.before = async () => {};
});

async function open() {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-reset-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const start = async () => {
    const cloud = await startLocalCloud({ dir, port: 0, buckets: ['configured'], log: () => {} });
    onTestFinished(() => cloud.close());
    return cloud;
  };
  const { origin } = await start();
  const put = '/upload/storage/v1/b/configured/o?uploadType=media&name=x';
  expect((await fetch(origin + put, { method: 'POST', body: 'text' })).status).toBe(200);
  const reset = async () => (await fetch(`${origin}/_pillbox/reset`, { method: 'POST' })).status;
  const list = async () => {
    const response = await fetch(`${origin}/storage/v1/b/configured/o`);
    const { items } = (await response.json()) as { items?: { name: string }[] };
    return response.ok ? (items ?? []).map(({ name }) => name) : response.status;
  };
  return { dir, reset, list };
}

const failAt = (entry: string) => async (path: string) => {
  if (path.endsWith(`/${entry}`)) throw new Error('no such luck');
};

test('one that cannot remove the blobs serves no object without its bytes', async () => {
  const { dir, reset, list } = await open();
  removing.before = failAt('blobs');
  expect(await reset()).toBe(500);
  expect(await list()).toEqual([]);
  const files = await readdir(join(dir, 'blobs'), { recursive: true, withFileTypes: true });
  expect(files.filter((entry) => entry.isFile())).toEqual([]);
});

test('one that cannot remove the state leaves all as it was, and the next one empties it', async () => {
  const { reset, list } = await open();
  removing.before = failAt('state.sqlite');
  expect(await reset()).toBe(500);
  expect(await list()).toEqual(['x']);
  removing.before = async () => {};
  expect(await reset()).toBe(200);
  expect(await list()).toEqual([]);
});

test('one that cannot open the state again is not the end either', async () => {
  const { dir, reset, list } = await open();
  removing.before = async (path) => {
    // The last thing that is removed, so this stands in the way of the new state.
    if (path.endsWith('/blobs')) await mkdir(join(dir, 'state.sqlite'));
  };
  expect(await reset()).toBe(500);
  expect(await list()).toBe(500);
  removing.before = async () => {};
  expect(await reset()).toBe(200);
  expect(await list()).toEqual([]);
});
