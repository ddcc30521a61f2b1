/** How much memory this process may hold, and who says so. */

import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';

export type MemoryLimitSource = 'cgroup-v2' | 'cgroup-v1' | 'MEMORY_LIMIT_MIB' | 'machine';

export interface MemoryLimit {
  readonly limitBytes: number;
  readonly source: MemoryLimitSource;
  /** Where the files of the limiting group are; absent when no group limits. */
  readonly cgroupDirectory?: string;
}

export interface MemoryLimitOptions {
  /** MEMORY_LIMIT_MIB. */
  readonly statedMiB?: number | undefined;
  /** Where /proc and /sys are found. */
  readonly root?: string;
  readonly machineBytes?: number;
}

/**
 * The smallest limit that anyone states. Not simply the cgroup's: on a laptop or in CI the cgroup is often that of a
 * whole container or session and says nothing about one box in it.
 */
export function readMemoryLimit(options: MemoryLimitOptions = {}): MemoryLimit {
  const { statedMiB, root = '/', machineBytes = totalmem() } = options;
  const limits: MemoryLimit[] = [{ limitBytes: machineBytes, source: 'machine' }, ...cgroupLimits(root)];
  if (statedMiB !== undefined)
    limits.push({ limitBytes: statedMiB * 1024 * 1024, source: 'MEMORY_LIMIT_MIB' });
  return limits.reduce((least, limit) => (limit.limitBytes < least.limitBytes ? limit : least));
}

/** A group is bound by its ancestors too, and inside a container the path may be one that only the host knows. */
function cgroupLimits(root: string): MemoryLimit[] {
  const lines = (readText(join(root, 'proc/self/cgroup')) ?? '').split('\n');
  return lines.flatMap((line): MemoryLimit[] => {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const files = join(root, 'sys/fs/cgroup');
    if (line.startsWith('0::')) return limitsUpwards(files, path, 'memory.max', 'cgroup-v2');
    if (!controllers.split(',').includes('memory')) return [];
    return limitsUpwards(join(files, 'memory'), path, 'memory.limit_in_bytes', 'cgroup-v1');
  });
}

function limitsUpwards(mount: string, path: string, file: string, source: MemoryLimitSource): MemoryLimit[] {
  const text = readText(join(mount, path, file))?.trim();
  const own =
    text !== undefined && /^\d+$/.test(text)
      ? [{ limitBytes: Number(text), source, cgroupDirectory: join(mount, path) }]
      : [];
  return path === '/' ? own : [...own, ...limitsUpwards(mount, dirname(path), file, source)];
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
