/** What processes have used: CPU time of a process by its number, and the sum over all processes that a function ever had. */

import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever the kernel's own clock. */
const TICK_MS = 10;

/** User and system time together; undefined once it has ended. */
function cpuMsOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before may hold blanks and brackets; utime and stime are the 12th and 13th after it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return undefined;
  }
}

/** Looked at again and again: what a process used after the last look before its end is not seen. */
export class CpuTally {
  readonly #last = new Map<string, Map<number, number>>();

  look(name: string, pids: readonly number[]): void {
    const known = this.#last.get(name) ?? new Map<number, number>();
    this.#last.set(name, known);
    for (const pid of pids) known.set(pid, cpuMsOf(pid) ?? known.get(pid) ?? 0);
  }

  totalMs(name: string): number {
    return [...(this.#last.get(name)?.values() ?? [])].reduce((sum, ms) => sum + ms, 0);
  }
}
