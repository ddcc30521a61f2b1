/** How much a process grew at most while one request ran alone: the only time growth can be told to be its own. */

import type { MemoryGauge } from './memory-gauge.ts';

export interface LoneGrowth {
  /** A request begins; any other that was alone until now no longer is. */
  begin(alone: boolean, heldBytes: number): LoneRun | undefined;
  /** A reading on the way, for peaks within the run. */
  sample(heldBytes: number): void;
}

export interface LoneRun {
  /** Undefined when it was not alone until its end. */
  end(heldBytes: number): number | undefined;
}

interface State {
  readonly heldBytes: number;
  readonly residentBytes: number;
  readonly peakBytes: number;
  mostBytes: number;
}

export function createLoneGrowth(gauge: MemoryGauge): LoneGrowth {
  let current: State | undefined;
  return {
    begin(alone, heldBytes) {
      current = undefined;
      if (!alone) return undefined;
      const run: State = {
        heldBytes,
        residentBytes: gauge.residentBytes(),
        peakBytes: gauge.peakBytes(),
        mostBytes: heldBytes,
      };
      current = run;
      return {
        end(heldAtEndBytes) {
          if (current !== run) return undefined;
          current = undefined;
          const seenBytes = Math.max(run.mostBytes, heldAtEndBytes) - run.heldBytes;
          // The kernel's high-water mark also knows of peaks between two samples, when they were the highest ever.
          const peakBytes = gauge.peakBytes();
          const markBytes = peakBytes > run.peakBytes ? peakBytes - run.residentBytes : 0;
          return Math.max(0, seenBytes, markBytes);
        },
      };
    },
    sample(heldBytes) {
      if (current !== undefined) current.mostBytes = Math.max(current.mostBytes, heldBytes);
    },
  };
}
