/** From two readings of the boxes to the figures of a row: sums and maxima over instances, rates between the readings. */

import { PRESSURE_LEVELS, type PressureLevel } from '../../../shared/budget/thresholds.ts';
import type { BoxesReading, BoxReading } from './read-boxes.ts';

/** `off`: no process. `ready`: its process says nothing of its memory budget. The others are levels of that. */
export type RowState = 'off' | 'starting' | 'ending' | 'ready' | PressureLevel;

export interface TopRow {
  readonly function: string;
  readonly instances: number;
  readonly state: RowState;
  readonly limitMiB: number;
  /** Of the instance that holds most. */
  readonly residentMiB: number;
  readonly peakMiB: number;
  readonly requestsPerSecond: number;
  readonly inWork: number;
  readonly queued: number;
  readonly kills: number;
  readonly recycles: number;
  /** These two are absent where no instance has metrics. */
  readonly refused: number | undefined;
  readonly sheds: number | undefined;
  /** From start to ready, of the latest start. */
  readonly coldStartMs: number | undefined;
}

export function rowsOf(before: BoxesReading, now: BoxesReading): TopRow[] {
  const seconds = Math.max((now.atMs - before.atMs) / 1000, Number.EPSILON);
  const earlier = new Map(before.boxes.map((box) => [box.function, box.requests]));
  return now.boxes.map((box) => {
    const grown = Math.max(0, box.requests - (earlier.get(box.function) ?? box.requests));
    return rowOf(box, grown / seconds);
  });
}

function rowOf(box: BoxReading, requestsPerSecond: number): TopRow {
  const { instances, limitMiB, peakMiB, kills, recycles, coldStartMs } = box;
  return {
    function: box.function,
    instances: instances.length,
    state: stateOf(box),
    limitMiB,
    residentMiB: instances.reduce((most, one) => Math.max(most, one.residentMiB), 0),
    peakMiB,
    requestsPerSecond,
    inWork: instances.reduce((sum, one) => sum + one.requestsInWork, 0),
    queued: box.waiting + (sumOf(box, 'pillbox_requests_queued') ?? 0),
    kills,
    recycles,
    refused: sumOf(box, 'pillbox_requests_refused_total'),
    sheds: sumOf(box, 'pillbox_sheds_total'),
    coldStartMs,
  };
}

/** The worst level of the instances that take requests. */
function stateOf({ instances }: BoxReading): RowState {
  const states = new Set(instances.map((one) => one.state));
  const levels = instances
    .filter((one) => one.state === 'ready')
    .map((one) => one.metrics?.['pillbox_pressure_level'])
    .filter((one) => one !== undefined);
  const level = levels.length === 0 ? undefined : PRESSURE_LEVELS[Math.max(...levels)];
  if (states.has('ready')) return level ?? 'ready';
  if (states.has('starting')) return 'starting';
  return states.size > 0 ? 'ending' : 'off';
}

function sumOf({ instances }: BoxReading, metric: string): number | undefined {
  const values = instances.map((one) => one.metrics?.[metric]).filter((one) => one !== undefined);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}
