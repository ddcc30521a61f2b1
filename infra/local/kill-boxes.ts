/** Kills processes of the pipeline's boxes now and then, as drawn from a seed: what `pillbox start --chaos` does besides. */

import { createHmac } from 'node:crypto';
import type { FunctionStats } from './supervisor/supervisor.ts';

const PIPELINE: ReadonlySet<string> = new Set(['join', 'plan', 'shard', 'combine']);
/** Between one kill and the next; on average long enough for several tasks. */
const LEAST_MS = 1_000;
const MOST_MS = 6_000;

/** Returns what ends it. */
export function killBoxes(seed: string, stats: () => readonly FunctionStats[]): () => void {
  let drawn = 0;
  const draw = (): number => {
    drawn += 1;
    return createHmac('sha256', seed).update(`kill/${drawn}`).digest().readUInt32BE(0) / 2 ** 32;
  };
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    timer = setTimeout(kill, LEAST_MS + draw() * (MOST_MS - LEAST_MS)).unref();
  };
  const kill = (): void => {
    const pids = stats().flatMap((box) => (PIPELINE.has(box.function) ? box.pids : []));
    const pid = pids[Math.floor(draw() * pids.length)];
    try {
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    } catch {
      // It had ended by itself.
    }
    next();
  };
  next();
  return () => clearTimeout(timer);
}
