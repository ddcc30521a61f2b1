/** Runs the `pillbox` command as a user's shell does, for tests. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const ENTRY = new URL('./pillbox.ts', import.meta.url).pathname;

export function spawnPillbox(
  args: readonly string[],
  { cwd, env = {} }: RunOptions = {},
): ChildProcessByStdio<null, Readable, Readable> {
  const { PILLBOX_CLOUD_ENDPOINT: _, PILLBOX_BUCKET: __, ...inherited } = process.env;
  return spawn(process.execPath, [ENTRY, ...args], {
    cwd,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export async function runPillbox(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = spawnPillbox(args, options);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}
