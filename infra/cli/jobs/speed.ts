/** How fast a job goes, and how long its stage will take. */

import type { Progress } from '../../../shared/pipeline/progress.ts';
import { createRateMeter, type RateMeter } from '../rate-meter.ts';
import { stageRows } from './stage-rows.ts';

export interface Speed {
  /** @param nowMs when the progress was read. */
  add(progress: Progress, nowMs: number): void;
  /** Of the shard stage, since the first reading; 0 while nothing has grown. */
  recordsPerSecond(): number;
  /** `12.3 records/s | 2 min 5 s left`, of the stage at work; empty while it is not known. */
  text(): string;
}

export function createSpeed(): Speed {
  const records = createRateMeter();
  let stage: { name: string; meter: RateMeter; left: number; unit: string } | undefined;
  return {
    add(progress, nowMs) {
      // Until the records are counted the clock does not run: waiting for a plan is not slowness.
      if (progress.state === 'running' || progress.state === 'done') records.add(progress.recordsDone, nowMs);
      const row = stageRows(progress).find(({ state }) => state === 'running');
      if (row?.total === undefined) {
        stage = undefined;
        return;
      }
      const name = `${row.stage}/${row.unit}`;
      const meter = stage?.name === name ? stage.meter : createRateMeter();
      meter.add(row.done, nowMs);
      stage = { name, meter, left: row.total - row.done, unit: row.unit };
    },
    recordsPerSecond: () => records.perSecond(),
    text() {
      const perSecond = stage?.meter.perSecond() ?? 0;
      if (stage === undefined || perSecond <= 0) return '';
      return `${perSecond.toFixed(1)} ${stage.unit}/s | ${durationText(Math.ceil(stage.left / perSecond))} left`;
    },
  };
}

/** `50 s`, `12 min 5 s`, `3 h 20 min`. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
