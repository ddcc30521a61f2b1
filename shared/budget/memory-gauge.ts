/** The one number that the thresholds look at, cheap enough for every request, and the full reading beside it. */

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { type BudgetClock, systemClock } from './budget-clock.ts';
import { type CgroupUsage, readCgroupUsage } from './cgroup-usage.ts';
import type { MemoryLimit } from './memory-limit.ts';
import { type MemoryReading, parseProcStatus, readOwnMemory } from './memory-meter.ts';

export interface MemoryUsage extends MemoryReading {
  readonly heapUsedBytes: number;
  /** Memory that V8 knows of outside its heap: buffers. Native libraries take more, which it does not see. */
  readonly externalBytes: number;
  readonly cgroup: CgroupUsage | undefined;
}

export interface MemoryGauge {
  /**
   * What decides whether this process is killed, in bytes: what the kernel cannot take back. That is the process's
   * anonymous memory or, under a cgroup, what the whole group holds of it when that is more. Clean pages of files
   * (code, mapped models) are left out: they fill a box to its limit without any danger, as the kernel drops them
   * first; the supervisor's watch, where there is no cgroup, kills by the same number.
   */
  heldBytes(): number;
  residentBytes(): number;
  /** The most that was ever resident. */
  peakBytes(): number;
  read(): MemoryUsage;
  close(): void;
}

export interface MemoryGaugeOptions {
  readonly limit: MemoryLimit;
  readonly clock?: BudgetClock;
  readonly platform?: NodeJS.Platform;
}

/** A group's files cost more than a request may; between two samples the process's own growth is added. */
const GROUP_SAMPLE_MS = 100;
/** A status file is about 1.5 KB. */
const STATUS_BYTES = 8_192;

export function openMemoryGauge({
  limit,
  clock = systemClock,
  platform = process.platform,
}: MemoryGaugeOptions): MemoryGauge {
  const files = platform === 'linux' ? openProcFiles() : undefined;
  const ownBytes = files?.anonymousBytes ?? (() => process.memoryUsage.rss());
  let sample = { atMs: Number.NEGATIVE_INFINITY, groupBytes: 0, ownBytes: 0 };
  return {
    heldBytes() {
      const own = ownBytes();
      if (limit.cgroupDirectory === undefined) return own;
      if (clock.nowMs() - sample.atMs >= GROUP_SAMPLE_MS)
        sample = {
          atMs: clock.nowMs(),
          groupBytes: readCgroupUsage(limit)?.heldBytes ?? 0,
          ownBytes: own,
        };
      return Math.max(own, sample.groupBytes + own - sample.ownBytes);
    },
    residentBytes: files?.residentBytes ?? (() => process.memoryUsage.rss()),
    peakBytes: () => files?.status()?.peakBytes ?? readOwnMemory(platform).peakBytes,
    read() {
      const heap = getHeapStatistics();
      return {
        ...(files?.status() ?? readOwnMemory(platform)),
        heapUsedBytes: heap.used_heap_size,
        externalBytes: heap.external_memory,
        cgroup: readCgroupUsage(limit),
      };
    },
    close: () => files?.close(),
  };
}

interface ProcFiles {
  residentBytes(): number;
  anonymousBytes(): number;
  status(): MemoryReading | undefined;
  close(): void;
}

/** Files of /proc are made anew at each read from their start, so they are opened once. */
function openProcFiles(): ProcFiles | undefined {
  try {
    const pageBytes = readPageBytes();
    const statm = openSync('/proc/self/statm', 'r');
    const status = openSync('/proc/self/status', 'r');
    const buffer = Buffer.allocUnsafe(STATUS_BYTES);
    const text = (file: number): string =>
      buffer.toString('latin1', 0, readSync(file, buffer, 0, STATUS_BYTES, 0));
    // Pages: size, resident, shared (of files) and more.
    const pages = (): string[] => text(statm).split(' ', 3);
    return {
      residentBytes: () => Number(pages()[1]) * pageBytes,
      anonymousBytes() {
        const [, resident, shared] = pages();
        return (Number(resident) - Number(shared)) * pageBytes;
      },
      status: () => parseProcStatus(text(status)),
      close() {
        closeSync(statm);
        closeSync(status);
      },
    };
  } catch {
    return undefined;
  }
}

/** statm counts pages, whose size differs between machines; the status file counts kibibytes. */
function readPageBytes(): number {
  const pages = Number(readFileSync('/proc/self/statm', 'latin1').split(' ')[1]);
  const ratio = readOwnMemory('linux').residentBytes / pages;
  return 2 ** Math.round(Math.log2(ratio));
}
