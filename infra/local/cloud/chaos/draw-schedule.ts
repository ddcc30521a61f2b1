/** The faults that a seed alone stands for: every kind, each somewhat more or less often than from other seeds. */

import {
  type ChaosSchedule,
  type DeliveryFaultRule,
  OPERATIONS,
  type RequestFaultRule,
} from './chaos-schedule.ts';
import type { Draw } from './draw.ts';

/** Of each queue: whoever fills it makes all its calls anew when one fails, and a task may be tried only so often. */
const MOST_ENQUEUES = 3;
/** Of each job and fault. */
const MOST_REQUESTS = 20;
/** Of each job: what was done until then is done again. */
const MOST_KILLS = 6;

const MAX_DELAY_MS = 2_000;
/** Long enough to have begun, and too short for most tasks to have ended. */
const MAX_DEADLINE_MS = 400;
/** What is read by who looks after a job, its user included, is asked for once more only before its first byte has come. */
const READ_BY_BOXES = 'jobs/*/work/**';

export interface DrawnSchedule extends ChaosSchedule {
  deliveries: DeliveryFaultRule[];
  requests: RequestFaultRule[];
}

export function drawSchedule(seed: string, draw: Draw): DrawnSchedule {
  /** Between three quarters and five quarters of the share that is meant. */
  const about = (share: number, rule: string): number => share * (0.75 + draw(`schedule/${rule}`) / 2);
  const storage = { on: OPERATIONS.filter((one) => one !== 'enqueue'), most: MOST_REQUESTS };
  const enqueues = { on: ['enqueue' as const], most: MOST_ENQUEUES };
  const refusals = ([429, 500, 503] as const).flatMap((status): RequestFaultRule[] => [
    { kind: 'refuse', status, share: about(0.006, `enqueue-${status}`), ...enqueues },
    { kind: 'refuse', status, share: about(0.014, `${status}`), ...storage },
  ]);
  return {
    seed,
    deliveries: [
      { kind: 'duplicate', share: about(0.15, 'duplicate'), copies: 1 },
      { kind: 'delay', share: about(0.15, 'delay'), maxMs: MAX_DELAY_MS },
      { kind: 'reorder', share: about(0.1, 'reorder'), maxLater: 3 },
      { kind: 'pass-deadline', share: about(0.05, 'pass-deadline'), maxMs: MAX_DEADLINE_MS },
    ],
    requests: [
      ...refusals,
      { kind: 'cut', share: about(0.006, 'enqueue-cut'), ...enqueues },
      { kind: 'lose-answer', share: about(0.015, 'enqueue-lose-answer'), ...enqueues },
      { kind: 'cut', share: about(0.01, 'cut'), ...storage },
      { kind: 'lose-answer', share: about(0.02, 'lose-answer'), ...storage },
      { kind: 'cut-upload', share: about(0.02, 'cut-upload'), ...storage, on: ['create'] },
      {
        kind: 'cut-download',
        share: about(0.02, 'cut-download'),
        most: MOST_REQUESTS,
        objects: READ_BY_BOXES,
      },
      { kind: 'done-but-412', share: about(0.02, 'done-but-412'), most: MOST_REQUESTS },
      { kind: 'full-disk', share: about(0.006, 'full-disk'), most: 4, requests: 4 },
      { kind: 'kill-caller', share: about(0.01, 'kill-caller'), ...storage, most: MOST_KILLS },
    ],
  };
}
