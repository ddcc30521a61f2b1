/** What the kernel counts against the limit of a memory cgroup, and how much of that it could not take back. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MemoryLimit } from './memory-limit.ts';

export interface CgroupUsage {
  /** All that is charged to the group. */
  readonly currentBytes: number;
  /** Without file pages not used lately: what dashboards show. */
  readonly workingSetBytes: number;
  /**
   * Without any file pages and slab that the kernel can drop. Memory file systems stay in: they are not on the file
   * lists. It is this number that decides over a kill: the kernel kills when it finds nothing left to take back.
   */
  readonly heldBytes: number;
}

interface Names {
  readonly current: string;
  readonly inactiveFile: string;
  readonly activeFile: string;
  readonly slab: string;
}

const NAMES: Readonly<Record<'cgroup-v1' | 'cgroup-v2', Names>> = {
  'cgroup-v2': {
    current: 'memory.current',
    inactiveFile: 'inactive_file',
    activeFile: 'active_file',
    slab: 'slab_reclaimable',
  },
  // Version 1 does not say how much of its slab can be taken back; the names begin with total_ to count descendants.
  'cgroup-v1': {
    current: 'memory.usage_in_bytes',
    inactiveFile: 'total_inactive_file',
    activeFile: 'total_active_file',
    slab: '',
  },
};

/** Undefined where no group limits, or its files cannot be read. Costs tens of microseconds: sample it. */
export function readCgroupUsage(limit: MemoryLimit): CgroupUsage | undefined {
  const { source, cgroupDirectory } = limit;
  if (cgroupDirectory === undefined || (source !== 'cgroup-v1' && source !== 'cgroup-v2')) return undefined;
  const names = NAMES[source];
  try {
    const currentBytes = Number(readFileSync(join(cgroupDirectory, names.current), 'latin1'));
    const stat = readFileSync(join(cgroupDirectory, 'memory.stat'), 'latin1');
    const inactive = statBytes(stat, names.inactiveFile);
    const reclaimable = inactive + statBytes(stat, names.activeFile) + statBytes(stat, names.slab);
    if (!Number.isFinite(currentBytes)) return undefined;
    return {
      currentBytes,
      workingSetBytes: Math.max(0, currentBytes - inactive),
      heldBytes: Math.max(0, currentBytes - reclaimable),
    };
  } catch {
    return undefined;
  }
}

function statBytes(stat: string, name: string): number {
  if (name === '') return 0;
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
}
