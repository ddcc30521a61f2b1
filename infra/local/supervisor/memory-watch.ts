/**
 * Follows the memory of one process: its peak, and whether it goes over its limit. Held against the limit is what a memory
 * cgroup would kill for: not pages of files, such as code and mapped models, which the kernel drops before it kills.
 */

import { type ProcessMemory, readProcessMemory } from './proc-status.ts';

export interface MemoryWatchOptions {
  readonly pid: number;
  /** Absent = only record the peak, because something else enforces the limit. */
  readonly limitBytes: number | undefined;
  /** Called once, the first time the process is seen to hold, or to have held, more than the limit. */
  readonly onOver: () => void;
  readonly intervalMs?: number;
  readonly read?: (pid: number) => Promise<ProcessMemory | undefined>;
}

export interface MemoryWatch {
  /** Resident, pages of files included. */
  readonly peakBytes: number;
  /** Of what is held against the limit. */
  readonly heldPeakBytes: number;
  /**
   * Reads now, without waiting for the next turn: before the process is asked to end, and at the end of its work.
   * Undefined when the process has ended.
   */
  sample(): Promise<ProcessMemory | undefined>;
  stop(): void;
}

/** Reading /proc takes 15 µs; elsewhere a reading starts a process. */
const INTERVAL_MS = process.platform === 'linux' ? 100 : 500;

export function watchMemory(options: MemoryWatchOptions): MemoryWatch {
  const { pid, onOver, intervalMs = INTERVAL_MS, read = readProcessMemory } = options;
  const limitBytes = options.limitBytes ?? Number.POSITIVE_INFINITY;
  let peakBytes = 0;
  let heldPeakBytes = 0;
  let fileBytes = 0;
  let over = false;
  let stopped = false;
  const sample = async () => {
    const memory = await read(pid);
    // Once the process has ended, its id may belong to another one.
    if (memory === undefined || stopped) return undefined;
    // A new high-water mark counts, as it would in production: a kernel does not look away between two of our readings.
    // What it held of files is not known, but hardly more than at one of the two.
    const filesBefore = fileBytes;
    fileBytes = memory.fileBytes ?? 0;
    const sinceLast = memory.peakBytes > peakBytes ? memory.peakBytes - Math.max(filesBefore, fileBytes) : 0;
    heldPeakBytes = Math.max(heldPeakBytes, sinceLast, memory.residentBytes - fileBytes);
    peakBytes = Math.max(peakBytes, memory.peakBytes);
    if (!over && heldPeakBytes > limitBytes) {
      over = true;
      onOver();
    }
    return memory;
  };
  const timer = setInterval(sample, intervalMs);
  return {
    get peakBytes() {
      return peakBytes;
    },
    get heldPeakBytes() {
      return heldPeakBytes;
    },
    sample,
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
