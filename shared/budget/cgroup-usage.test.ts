import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readCgroupUsage } from './cgroup-usage.ts';

const made: string[] = [];

afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});

function groupWith(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'cgroup-usage-'));
  made.push(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

test('version 2: file pages and reclaimable slab can be taken back, memory files cannot', () => {
  const cgroupDirectory = groupWith({
    'memory.current': '1000\n',
    'memory.stat': 'anon 300\nshmem 200\ninactive_file 100\nactive_file 250\nslab_reclaimable 50\n',
  });
  expect(readCgroupUsage({ limitBytes: 2000, source: 'cgroup-v2', cgroupDirectory })).toEqual({
    currentBytes: 1000,
    workingSetBytes: 900,
    heldBytes: 600,
  });
});

test('version 1 counts the groups below it', () => {
  const cgroupDirectory = groupWith({
    'memory.usage_in_bytes': '1000\n',
    'memory.stat': 'inactive_file 7\nactive_file 7\ntotal_inactive_file 100\ntotal_active_file 250\n',
  });
  expect(readCgroupUsage({ limitBytes: 2000, source: 'cgroup-v1', cgroupDirectory })).toEqual({
    currentBytes: 1000,
    workingSetBytes: 900,
    heldBytes: 650,
  });
});

test('no group, or one whose files are gone, has no reading', () => {
  expect(readCgroupUsage({ limitBytes: 1, source: 'machine' })).toBeUndefined();
  const cgroupDirectory = groupWith({});
  expect(readCgroupUsage({ limitBytes: 1, source: 'cgroup-v2', cgroupDirectory })).toBeUndefined();
});
