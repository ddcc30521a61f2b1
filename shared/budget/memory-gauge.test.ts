import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openMemoryGauge } from './memory-gauge.ts';
import type { MemoryLimitSource } from './memory-limit.ts';

const MIB = 1024 * 1024;
const directory = mkdtempSync(join(tmpdir(), 'memory-gauge-'));
/** Held to the end of the file: a block freed between two readings would hide the next one. */
const held: Buffer[] = [];

afterAll(() => rmSync(directory, { recursive: true }));

const platforms = [process.platform, 'sunos'] as const;
const sources: readonly MemoryLimitSource[] = ['MEMORY_LIMIT_MIB', 'machine'];

test.each(platforms.flatMap((platform) => sources.map((source) => [platform, source] as const)))(
  'on %s with the limit of %s: native memory counts',
  (platform, source) => {
    const gauge = openMemoryGauge({ limit: { limitBytes: MIB, source }, platform });
    const before = gauge.heldBytes();
    held.push(Buffer.alloc(48 * MIB, 1));
    const grownMiB = (gauge.heldBytes() - before) / MIB;
    expect(grownMiB).toBeGreaterThan(40);
    expect(grownMiB).toBeLessThan(80);
    const usage = gauge.read();
    expect(usage.externalBytes).toBeGreaterThan(48 * MIB);
    expect(gauge.peakBytes()).toBeGreaterThanOrEqual(usage.residentBytes - MIB);
    gauge.close();
  },
);

test.runIf(process.platform === 'linux')('the two files of /proc agree', () => {
  const gauge = openMemoryGauge({ limit: { limitBytes: MIB, source: 'MEMORY_LIMIT_MIB' } });
  const { anonymousBytes = Number.NaN } = gauge.read();
  expect(Math.abs(gauge.heldBytes() - anonymousBytes)).toBeLessThan(8 * MIB);
  gauge.close();
});

test("what the whole group holds counts when it is more, sampled and corrected by the process's own growth", () => {
  const bytes = 1024 ** 4;
  const write = (held: number) => writeFileSync(join(directory, 'memory.current'), String(held));
  writeFileSync(join(directory, 'memory.stat'), 'inactive_file 0\n');
  write(bytes);
  let nowMs = 0;
  const gauge = openMemoryGauge({
    limit: { limitBytes: 2 * bytes, source: 'cgroup-v2', cgroupDirectory: directory },
    clock: { nowMs: () => nowMs, after: () => () => {} },
  });
  expect(gauge.heldBytes()).toBe(bytes);
  write(2 * bytes);
  held.push(Buffer.alloc(48 * MIB, 1));
  expect(gauge.heldBytes() - bytes).toBeGreaterThan(40 * MIB);
  expect(gauge.heldBytes() - bytes).toBeLessThan(80 * MIB);
  nowMs = 100;
  expect(gauge.heldBytes()).toBe(2 * bytes);
  gauge.close();
});
