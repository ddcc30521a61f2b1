/** Runs Pillbox in a folder of its own, as a user's terminal would, and sees that nothing of it is left. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
const CLI = join(ROOT, 'infra', 'cli', 'pillbox.ts');

export interface Run {
  readonly child: ChildProcess;
  /** Both streams, as far as they have come. */
  output(): string;
  /** Resolves once the output matches; rejects when the process ends before. */
  until(pattern: RegExp): Promise<RegExpMatchArray>;
  readonly ended: Promise<number | null>;
}

/** Starts `pillbox ...args` without a terminal. */
export function runPillbox(args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    child.emit('output');
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    child.emit('output');
  });
  const ended = once(child, 'close').then(() => child.exitCode);
  return {
    child,
    ended,
    output: () => text,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = text.match(pattern);
          if (match === null) return;
          child.off('output', look);
          resolve(match);
        };
        child.on('output', look);
        look();
        void ended.then(() => reject(new Error(`ended before ${pattern}:\n${text}`)));
      }),
  };
}

/** Runs `pillbox ...args` to its end; `left` are the processes it started and left behind. */
export async function pillbox(
  ...args: readonly string[]
): Promise<{ code: number | null; output: string; left: string[] }> {
  const run = runPillbox(args);
  const descendants = watchDescendants(run.child.pid ?? 0);
  const code = await run.ended;
  descendants.stop();
  return { code, output: run.output(), left: descendants.alive() };
}

/** Notes every process below `pid` from now on; `alive` tells which of them still run. */
export function watchDescendants(pid: number): { alive(): string[]; stop(): void } {
  const seen = new Map<number, string>([[pid, startTime(pid)]]);
  const look = () => {
    for (const [child, parent] of parentsByPid()) {
      if (seen.has(parent) && !seen.has(child)) seen.set(child, startTime(child));
    }
  };
  look();
  const timer = setInterval(look, 50);
  return {
    // A process is the same one only if it started at the same time: numbers are used again.
    alive: () =>
      [...seen]
        .filter(([child, at]) => at !== '' && startTime(child) === at)
        .map(([child]) => commandLine(child))
        // Of one that is on its way out the kernel has taken the memory, and its arguments with it: it runs nothing.
        .filter((line) => !/^\d+ $/.test(line)),
    stop: () => clearInterval(timer),
  };
}

function parentsByPid(): [pid: number, parent: number][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name): [number, number] => [Number(name), Number(statFields(Number(name))[1] ?? 0)]);
}

/** The fields of /proc/<pid>/stat after the command's name; empty when there is no such process, or a zombie. */
function statFields(pid: number): string[] {
  const text = readText(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? [] : fields;
}

function startTime(pid: number): string {
  return statFields(pid)[19] ?? '';
}

function commandLine(pid: number): string {
  return `${pid} ${readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
