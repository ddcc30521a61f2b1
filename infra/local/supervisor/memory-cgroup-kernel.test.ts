/** The memory cgroup on a real kernel, where a group can be made: limit kept, kill told, group removed. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMemoryCgroup } from './memory-cgroup.ts';

const MIB = 1024 * 1024;
const LIMIT_BYTES = 96 * MIB;

const parent = [process.env['PILLBOX_CGROUP_PARENT'], ...ownGroups()].find(canHoldGroup);

const why = parent === undefined ? ' (skipped: no memory cgroup can be made here)' : '';

test.skipIf(parent === undefined).each([
  ['over its limit: killed by the kernel', 256, { signal: 'SIGKILL', stdout: '', wasOverLimit: true }],
  ['within its limit: left alone', 8, { signal: null, stdout: '8', wasOverLimit: false }],
])(`a process %s${why}`, (_, holdMiB, expected) => {
  const name = `pillbox-test-${process.pid}-${holdMiB}`;
  const cgroup = createMemoryCgroup(parent ?? '', name, LIMIT_BYTES);
  try {
    const script = `const held = Buffer.alloc(${holdMiB * MIB}, 1); process.stdout.write(String(held.length / ${MIB}))`;
    const { command, args } = cgroup.enter(process.execPath, ['-e', script]);
    const { signal, stdout } = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 });
    expect({ signal, stdout, wasOverLimit: cgroup.wasOverLimit() }).toEqual(expected);
  } finally {
    cgroup.remove();
  }
  expect(existsSync(join(parent ?? '', name))).toBe(false);
});

/** The groups this process is in, as version 1 and version 2 mount them. */
function ownGroups(): string[] {
  if (!existsSync('/proc/self/cgroup')) return [];
  const lines = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const [, controllers = '', ...path] = line.split(':');
    if (controllers === '') return [join('/sys/fs/cgroup', path.join(':'))];
    return controllers.split(',').includes('memory') ? [join('/sys/fs/cgroup/memory', path.join(':'))] : [];
  });
}

/** Tried, not guessed: a group is made, must have a limit of its own, and is removed. */
function canHoldGroup(dir: string | undefined): boolean {
  if (dir === undefined || !existsSync(join(dir, 'cgroup.procs'))) return false;
  const trial = join(dir, `pillbox-test-${process.pid}-trial`);
  try {
    mkdirSync(trial);
  } catch {
    return false;
  }
  const limited = ['memory.max', 'memory.limit_in_bytes'].some((file) => existsSync(join(trial, file)));
  rmdirSync(trial);
  return limited;
}
