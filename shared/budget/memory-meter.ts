/** What a process holds in memory, native memory included: V8's own counters miss what sharp and the models take. */

import { readFileSync } from 'node:fs';

export interface MemoryReading {
  /** Resident now. */
  readonly residentBytes: number;
  /** The most that was ever resident since the program began. */
  readonly peakBytes: number;
  /** Resident and the process's own: heaps and native allocations. Absent where the platform does not say. */
  readonly anonymousBytes: number | undefined;
  /** Resident pages of files, which the kernel may take back: code, mapped models. */
  readonly fileBytes: number | undefined;
}

/** Reads the text of Linux's /proc/<pid>/status; undefined for a process that has ended, which has no memory lines. */
export function parseProcStatus(text: string): MemoryReading | undefined {
  const residentBytes = field(text, 'VmRSS');
  const peakBytes = field(text, 'VmHWM');
  if (residentBytes === undefined || peakBytes === undefined) return undefined;
  return {
    residentBytes,
    // The kernel brings the high-water mark up to date now and then only; it is never below what is resident.
    peakBytes: Math.max(peakBytes, residentBytes),
    anonymousBytes: field(text, 'RssAnon'),
    fileBytes: field(text, 'RssFile'),
  };
}

/**
 * This process's memory. On Linux not from getrusage: its maximum lives on through exec, so a child would report what
 * its parent held.
 */
export function readOwnMemory(platform: NodeJS.Platform = process.platform): MemoryReading {
  const status =
    platform === 'linux' ? parseProcStatus(readFileSync('/proc/self/status', 'utf8')) : undefined;
  if (status !== undefined) return status;
  const residentBytes = process.memoryUsage.rss();
  const peakBytes = Math.max(process.resourceUsage().maxRSS * 1024, residentBytes);
  return { residentBytes, peakBytes, anonymousBytes: undefined, fileBytes: undefined };
}

function field(text: string, name: string): number | undefined {
  const kib = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}
