import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readMemoryLimit } from './memory-limit.ts';

const MIB = 1024 * 1024;
const machineBytes = 16 * 1024 * MIB;
const made: string[] = [];

afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true });
});

function machineWith(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'memory-limit-'));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test('the memory.max of a cgroup v2', () => {
  const root = machineWith({
    'proc/self/cgroup': '0::/box\n',
    'sys/fs/cgroup/box/memory.max': `${256 * MIB}\n`,
  });
  expect(readMemoryLimit({ root, machineBytes })).toEqual({
    limitBytes: 256 * MIB,
    source: 'cgroup-v2',
    cgroupDirectory: join(root, 'sys/fs/cgroup/box'),
  });
});

test('an ancestor that allows less decides', () => {
  const root = machineWith({
    'proc/self/cgroup': '0::/outer/box\n',
    'sys/fs/cgroup/outer/memory.max': `${200 * MIB}\n`,
    'sys/fs/cgroup/outer/box/memory.max': 'max\n',
  });
  expect(readMemoryLimit({ root, machineBytes }).limitBytes).toBe(200 * MIB);
});

test('cgroup v1 in a container that sees its own group as the root', () => {
  const root = machineWith({
    'proc/self/cgroup': '5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': `${512 * MIB}\n`,
  });
  expect(readMemoryLimit({ root, machineBytes })).toMatchObject({
    limitBytes: 512 * MIB,
    source: 'cgroup-v1',
  });
});

test('the unlimited value of cgroup v1 is no limit', () => {
  const root = machineWith({
    'proc/self/cgroup': '4:memory:/\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
  });
  expect(readMemoryLimit({ root, machineBytes })).toMatchObject({
    limitBytes: machineBytes,
    source: 'machine',
  });
});

test("the environment's limit counts below that of a container around several boxes, not above", () => {
  const root = machineWith({
    'proc/self/cgroup': '0::/\n',
    'sys/fs/cgroup/memory.max': `${4096 * MIB}\n`,
  });
  const limit = (statedMiB: number) => readMemoryLimit({ root, machineBytes, statedMiB });
  expect(limit(256)).toMatchObject({ limitBytes: 256 * MIB, source: 'MEMORY_LIMIT_MIB' });
  expect(limit(8192)).toMatchObject({ limitBytes: 4096 * MIB, source: 'cgroup-v2' });
});
