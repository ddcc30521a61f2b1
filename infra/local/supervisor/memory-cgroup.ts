/**
 * A memory cgroup for one process, made below a group that was named for it. None is looked for: a group one may write
 * to is not yet one that was handed over, and root may write to every group of a machine, its service manager's included.
 */

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MemoryCgroup {
  /** The command that enters the group and then becomes `command`, so that its first page counts already. */
  enter(command: string, args: readonly string[]): { command: string; args: string[] };
  /** Whether the kernel has killed for the limit in this group. */
  wasOverLimit(): boolean;
  /** To be called when the process has ended. */
  remove(): void;
}

/** What the two versions call the same things. */
const VERSIONS = [
  { limit: 'memory.max', swap: 'memory.swap.max', swapLimitBytes: () => 0, events: 'memory.events' },
  {
    limit: 'memory.limit_in_bytes',
    swap: 'memory.memsw.limit_in_bytes',
    // Version 1 limits memory and swap together.
    swapLimitBytes: (limitBytes: number) => limitBytes,
    events: 'memory.oom_control',
  },
] as const;

/** Makes `<parent>/<name>`. Throws when `parent` is no memory cgroup that may be written to. */
export function createMemoryCgroup(parent: string, name: string, limitBytes: number): MemoryCgroup {
  const version = existsSync(join(parent, 'cgroup.controllers'))
    ? VERSIONS[0]
    : existsSync(join(parent, 'memory.limit_in_bytes'))
      ? VERSIONS[1]
      : undefined;
  if (version === undefined) throw new Error(`${parent} is no cgroup with a memory controller`);
  const dir = join(parent, name);
  mkdirSync(dir);
  try {
    writeFileSync(join(dir, version.limit), String(limitBytes));
    if (existsSync(join(dir, version.swap))) {
      writeFileSync(join(dir, version.swap), String(version.swapLimitBytes(limitBytes)));
    }
  } catch (error) {
    rmdirSync(dir);
    throw error;
  }
  return {
    enter: (command, args) => ({
      command: '/bin/sh',
      args: ['-c', 'echo $$ > "$0" && exec "$@"', join(dir, 'cgroup.procs'), command, ...args],
    }),
    wasOverLimit: () => /^oom_kill [1-9]/m.test(readFileSync(join(dir, version.events), 'utf8')),
    remove: () => rmdirSync(dir),
  };
}
