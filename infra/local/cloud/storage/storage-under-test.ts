/** The storage API alone on a server of its own, in a folder that can be looked into, for its tests. */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import type { ObjectEvent } from '../events/object-event.ts';
import { startServer } from '../server.ts';
import { openState } from '../state.ts';
import { createStorage } from './storage.ts';

export interface StorageUnderTest {
  readonly origin: string;
  readonly events: ObjectEvent[];
  /** A request to a path such as /b/pillbox/o. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** Uploads in one request. */
  put(name: string, body: BodyInit, query?: string): Promise<Response>;
  /** The object's bytes as text. */
  text(name: string): Promise<string>;
  /** Names of the files that hold bytes. */
  blobs(): Promise<string[]>;
  stop(): Promise<void>;
}

interface StorageTestOptions {
  readonly clock?: Clock;
  /** In the transaction that makes the event; what it throws is a failure of the server. */
  readonly beforeEvent?: () => void;
  /** Told of failures of the server, which otherwise fail the test. */
  readonly log?: (line: string) => void;
}

/** @param dir of an earlier one; without it, a new one that goes away with the test. */
export async function startStorage(
  dir?: string,
  options: StorageTestOptions = {},
): Promise<StorageUnderTest & { dir: string }> {
  const { clock = systemClock, beforeEvent, log = fail } = options;
  const folder = dir ?? (await mkdtemp(join(tmpdir(), 'pillbox-storage-')));
  const state = openState(folder);
  const events: ObjectEvent[] = [];
  let origin = '';
  const { api, xmlApi } = await createStorage({
    state,
    dir: folder,
    clock,
    buckets: ['pillbox'],
    onEvent: (event) => {
      beforeEvent?.();
      events.push(event);
    },
    origin: () => origin,
  });
  const server = await startServer({ port: 0, apis: [api, xmlApi], log });
  origin = server.origin;
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await server.close();
    state.close();
  };
  onTestFinished(async () => {
    await stop();
    if (dir === undefined) await rm(folder, { recursive: true, force: true });
  });
  const call = (path: string, init?: RequestInit) => fetch(`${origin}${path}`, init);
  return {
    dir: folder,
    origin,
    events,
    call,
    put: (name, body, query = '') =>
      call(`/upload/b/pillbox/o?uploadType=media&name=${encodeURIComponent(name)}${query}`, {
        method: 'POST',
        body,
      }),
    text: async (name) => (await call(`/b/pillbox/o/${encodeURIComponent(name)}?alt=media`)).text(),
    async blobs() {
      const entries = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true }).catch(
        () => [],
      );
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
    stop,
  };
}

function fail(line: string): never {
  throw new Error(`the server failed: ${line}`);
}
