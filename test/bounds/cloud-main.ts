/** The local cloud as a process of its own, for tests that weigh it or kill it. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startCloudProcess } from '../../infra/local/cloud-process.ts';
import { openGoogleStore } from '../../shared/storage/google-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';

export interface CloudMain {
  readonly store: ObjectStore;
  /** The most memory that was ever resident. */
  peakMib(): Promise<number>;
  kill(): Promise<void>;
}

/** A folder for its state, which goes away with the test. */
export async function makeCloudDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-cloud-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Ends with the test at the latest. Throws when the process ends instead of serving. */
export async function startCloudMain(dir: string): Promise<CloudMain> {
  const cloud = await startCloudProcess({
    dir,
    port: 0,
    config: { buckets: ['pillbox'] },
    onLine: (line) => console.error(line),
    onDeath: () => {},
  });
  const kill = () => cloud.kill();
  onTestFinished(kill);
  return {
    store: openGoogleStore({ endpoint: cloud.origin })('pillbox'),
    async peakMib() {
      const status = await readFile(`/proc/${cloud.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    },
    kill,
  };
}
