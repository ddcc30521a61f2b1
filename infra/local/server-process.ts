/** A server of the laptop's Pillbox as a process of its own, so that its memory and its death are its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ServerProcessOptions {
  /** What messages call it. */
  readonly name: string;
  /** The script and its arguments. It prints `{"listening":PORT}` once it serves, and ends when its channel closes. */
  readonly args: readonly string[];
  /** Beside this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Every other line that it prints. */
  readonly onLine: (line: string) => void;
  /** Told when the process ends without having been asked to. */
  readonly onDeath: (reason: string) => void;
}

export interface ServerProcess {
  readonly pid: number;
  /** Without a trailing slash. */
  readonly origin: string;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when the process is gone. */
  stop(graceMs: number): Promise<void>;
  /** SIGKILL, as a crash would; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Resolves once it listens. Throws with its last line of output when it ends before that. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...options.args], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // In a process group of its own: Ctrl-C reaches the parent alone, which ends everything in order.
    detached: true,
  });
  const port = await listeningPort(child, options);
  let stopping = false;
  const end = async (signal: NodeJS.Signals, graceMs?: number) => {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const timer = graceMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
  };
  child.once('exit', (code, signal) => {
    if (!stopping) options.onDeath(signal ?? `exit code ${code}`);
  });
  return {
    pid: child.pid ?? 0,
    origin: `http://127.0.0.1:${port}`,
    stop: (graceMs) => end('SIGTERM', graceMs),
    kill: () => end('SIGKILL'),
  };
}

function listeningPort(child: ChildProcess, { name, onLine }: ServerProcessOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    let lastLine = '';
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        const port = /^\{"listening":\s*(\d+)\}$/.exec(line)?.[1];
        if (port !== undefined) return resolve(Number(port));
        lastLine = line;
        onLine(line);
      });
    }
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`${name} ended at its start (${code}): ${lastLine}`)));
  });
}
