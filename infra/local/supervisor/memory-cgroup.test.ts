/** Against folders that look like cgroups: the names, values and order of writes, not the kernel behind them. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createMemoryCgroup } from './memory-cgroup.ts';

const made: string[] = [];
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true });
});

function parentWith(...files: string[]): string {
  const parent = mkdtempSync(join(tmpdir(), 'cgroup-'));
  made.push(parent);
  for (const file of files) writeFileSync(join(parent, file), '');
  return parent;
}

test.each([
  [
    'cgroup.controllers',
    'memory.max',
    'memory.events',
    'low 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n',
  ],
  [
    'memory.limit_in_bytes',
    'memory.limit_in_bytes',
    'memory.oom_control',
    'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
  ],
])('below %s: limit, entry, kill', (marker, limitFile, eventsFile, afterKill) => {
  const parent = parentWith(marker);
  const cgroup = createMemoryCgroup(parent, 'shard-1', 1000);
  expect(readFileSync(join(parent, 'shard-1', limitFile), 'utf8')).toBe('1000');

  const { command, args } = cgroup.enter(process.execPath, [
    '-p',
    'process.pid + " " + process.argv[1]',
    'two words',
  ]);
  const [pid, ...rest] = spawnSync(command, args, { encoding: 'utf8' }).stdout.trim().split(' ');
  expect(rest.join(' ')).toBe('two words');
  expect(readFileSync(join(parent, 'shard-1/cgroup.procs'), 'utf8').trim()).toBe(pid);

  writeFileSync(join(parent, 'shard-1', eventsFile), afterKill.replace('oom_kill 1', 'oom_kill 0'));
  expect(cgroup.wasOverLimit()).toBe(false);
  writeFileSync(join(parent, 'shard-1', eventsFile), afterKill);
  expect(cgroup.wasOverLimit()).toBe(true);
});

test('a folder that is no cgroup is refused, and nothing is made in it', () => {
  const parent = parentWith('other');
  expect(() => createMemoryCgroup(parent, 'shard-1', 1000)).toThrow(/no cgroup with a memory controller/);
  expect(existsSync(join(parent, 'shard-1'))).toBe(false);
});

test('the command is not run when it could not enter', () => {
  const parent = parentWith('cgroup.controllers');
  const cgroup = createMemoryCgroup(parent, 'shard-1', 1000);
  rmSync(join(parent, 'shard-1'), { recursive: true });
  const { command, args } = cgroup.enter(process.execPath, ['-p', '1']);
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).not.toBe(0);
});
