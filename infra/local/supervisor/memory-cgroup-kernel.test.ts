/** The memory cgroup on a real kernel, where a group can be made: limit kept, kill told, group removed. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCgroupParent } from '../../cli/fit/cgroup-parent.ts';
import { createMemoryCgroup } from './memory-cgroup.ts';

const MIB = 1024 * 1024;
const LIMIT_BYTES = 96 * MIB;

const parent = findCgroupParent();

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
