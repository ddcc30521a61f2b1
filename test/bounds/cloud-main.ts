/** The local cloud as a process of its own, for tests that weigh it or kill it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { openGoogleStore } from '../../shared/storage/google-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'infra', 'local', 'cloud', 'main.ts');

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
  const config = `${dir}/config.json`;
  await writeFile(config, JSON.stringify({ buckets: ['pillbox'] }));
  const child = spawn(
    process.execPath,
    [MAIN, '--port', '0', '--dir', join(dir, 'cloud'), '--config', config],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  const port = await listening(child);
  return {
    store: openGoogleStore({ endpoint: `http://127.0.0.1:${port}` })('pillbox'),
    async peakMib() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    },
    kill,
  };
}

async function listening({ stdout }: ChildProcess): Promise<number> {
  if (stdout === null) throw new Error('the output of the local cloud is not piped');
  for await (const line of createInterface({ input: stdout })) {
    const port = /^\{"listening":(\d+)\}$/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error('the local cloud ended at its start');
}
