/** The memory of another process, by its id. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parseProcStatus } from '../../../shared/budget/memory-meter.ts';

export interface ProcessMemory {
  readonly residentBytes: number;
  /** High-water mark; the same as `residentBytes` where the system keeps none. */
  readonly peakBytes: number;
  /** The process's own, without pages of files; absent where the system does not say. */
  readonly anonymousBytes?: number | undefined;
  /** Pages of files; absent where the system does not say. */
  readonly fileBytes?: number | undefined;
}

/** Undefined when the process has ended. */
export async function readProcessMemory(
  pid: number,
  platform: NodeJS.Platform = process.platform,
): Promise<ProcessMemory | undefined> {
  if (platform === 'linux') {
    const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return parseProcStatus(text);
  }
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  const residentBytes = Number.parseInt(stdout, 10) * 1024;
  return residentBytes > 0 ? { residentBytes, peakBytes: residentBytes } : undefined;
}
