/** Records what another process holds in memory, every few milliseconds. */

import { readFileSync } from 'node:fs';
import { parseProcStatus } from '../../../shared/budget/memory-meter.ts';
import { type ProcessMemory, readProcessMemory } from '../../local/supervisor/proc-status.ts';

export interface MemorySample {
  /** Since the recording began. */
  readonly ms: number;
  readonly residentBytes: number;
  /** Absent where the system does not say. */
  readonly anonymousBytes: number | undefined;
}

export interface MemoryRecording {
  /** Since the recording began. */
  elapsedMs(): number;
  stop(): readonly MemorySample[];
}

/** How a platform's readings are taken: from /proc in 15 µs, elsewhere by starting `ps`, which takes longer. */
export const CURVE_READINGS =
  process.platform === 'linux'
    ? { intervalMs: 5, hint: undefined }
    : {
        intervalMs: 100,
        hint: 'There is no /proc here: memory is read through ps, every 100 ms, and short peaks are missed.',
      };

/** Begins at once. */
export function recordMemory(pid: number): MemoryRecording {
  const startedMs = performance.now();
  const samples: MemorySample[] = [];
  const add = (memory: ProcessMemory | undefined) => {
    if (memory === undefined) return;
    const { residentBytes, anonymousBytes } = memory;
    samples.push({ ms: performance.now() - startedMs, residentBytes, anonymousBytes });
  };
  const read = async () => add(process.platform === 'linux' ? readNow(pid) : await readProcessMemory(pid));
  void read();
  const timer = setInterval(read, CURVE_READINGS.intervalMs);
  return {
    elapsedMs: () => performance.now() - startedMs,
    stop() {
      clearInterval(timer);
      return samples;
    },
  };
}

/** Not through the thread pool: the sample belongs to this moment. */
function readNow(pid: number): ProcessMemory | undefined {
  try {
    return parseProcStatus(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return undefined;
  }
}
