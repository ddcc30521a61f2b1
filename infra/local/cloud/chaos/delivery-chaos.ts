/** Which deliveries of tasks and events a schedule disturbs: the same delivery always meets the same fault. */

import type { DeliveryFault, DeliveryFaults } from '../tasks/delivery-faults.ts';
import type { DeliveryFaultRule } from './chaos-schedule.ts';
import type { Draw } from './draw.ts';

/** From here on a delivery is left alone: a task may fail as often as its queue allows, and not for ever. */
export const CALM_ATTEMPT = 5;

export function createDeliveryChaos(rules: readonly DeliveryFaultRule[], draw: Draw): DeliveryFaults {
  return ({ queue, id, attempt }) => {
    if (attempt >= CALM_ATTEMPT) return undefined;
    let left = draw(`delivery/${queue}/${id}/${attempt}`);
    for (const rule of rules) {
      if (!isOf(rule, queue)) continue;
      // Within the share of its rule, what is left is chance once more.
      if (left < rule.share) return faultOf(rule, left / rule.share);
      left -= rule.share;
    }
    return undefined;
  };
}

function isOf({ queues }: DeliveryFaultRule, queue: string): boolean {
  return queues?.some((name) => queue === name || queue.endsWith(`/${name}`)) ?? true;
}

/** @param chance from 0 up to and without 1. */
function faultOf(rule: DeliveryFaultRule, chance: number): DeliveryFault {
  switch (rule.kind) {
    case 'duplicate':
      return { duplicate: rule.copies };
    case 'delay':
      return { delayMs: chance * rule.maxMs };
    case 'reorder':
      return { reorder: 1 + Math.floor(chance * rule.maxLater) };
    case 'pass-deadline':
      return { deadlineMs: 1 + Math.floor(chance * rule.maxMs) };
  }
}
