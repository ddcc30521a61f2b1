/** A local cloud for the tests of a file, emptied after each, and `pillbox` run in a folder of its own against it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { openGoogleStore } from '../../shared/storage/google-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { type LocalCloud, startLocalCloud } from '../local/cloud/local-cloud.ts';
import { type Ended, runPillbox } from './run-pillbox.fixture.ts';

const BUCKET = 'pillbox';

export interface CommandPlace {
  /** The folder of the test, which is the command's. */
  readonly dir: string;
  readonly origin: string;
  readonly store: ObjectStore;
  pillbox(...args: string[]): Promise<Ended>;
  put(objects: Readonly<Record<string, string>>): Promise<unknown>;
  /** Of all objects. */
  names(): Promise<string[]>;
}

/** To be called where a file's hooks are; what it returns changes with each test. */
export function useCommandPlace(): CommandPlace {
  let state = '';
  let cloud: LocalCloud;
  let store: ObjectStore;
  let dir = '';
  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'pillbox-cli-cloud-'));
    cloud = await startLocalCloud({ dir: state, port: 0, buckets: [BUCKET] });
    store = openGoogleStore({ endpoint: cloud.origin, projectId: 'test' })(BUCKET);
  });
  afterAll(async () => {
    await cloud.close();
    await rm(state, { recursive: true, force: true });
  });
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pillbox-cli-'));
  });
  afterEach(async () => {
    for await (const { name } of store.list('')) await store.delete(name);
    await rm(dir, { recursive: true, force: true });
  });
  return {
    get dir() {
      return dir;
    },
    get origin() {
      return cloud.origin;
    },
    get store() {
      return store;
    },
    pillbox: (...args) => runPillbox([...args, '--endpoint', cloud.origin], { cwd: dir }),
    put: (objects) => Promise.all(Object.entries(objects).map(([name, body]) => store.create(name, body))),
    async names() {
      const found: string[] = [];
      for await (const { name } of store.list('')) found.push(name);
      return found;
    },
  };
}
