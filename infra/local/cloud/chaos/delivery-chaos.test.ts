import { expect, test } from 'vitest';
import { createChaos } from '../chaos.ts';
import { chaosScheduleSchema } from './chaos-schedule.ts';

const DELIVERIES = 2_000;

function faultsOf(seed: string, attempt = 1): string[] {
  const { deliveryFaults } = createChaos(seed);
  return Array.from({ length: DELIVERIES }, (_, i) =>
    JSON.stringify(deliveryFaults({ queue: 'q', id: String(i), attempt }) ?? {}),
  );
}

test('a seed always draws the same, another one something else, and a late attempt nothing', () => {
  expect(faultsOf('a')).toEqual(faultsOf('a'));
  expect(faultsOf('a')).not.toEqual(faultsOf('b'));
  expect(new Set(faultsOf('a', 5))).toEqual(new Set(['{}']));
});

test('every kind of fault of a delivery comes about as often as is meant', () => {
  const faults = faultsOf('often');
  const share = (kind: string) => faults.filter((one) => one.includes(kind)).length / DELIVERIES;
  expect(share('duplicate')).toBeCloseTo(0.15, 1);
  expect(share('delayMs')).toBeCloseTo(0.15, 1);
  expect(share('reorder')).toBeCloseTo(0.1, 1);
  expect(share('deadlineMs')).toBeCloseTo(0.05, 1);
});

test('a rule of deliveries meets its queues alone, and each delivery one fault', () => {
  const { deliveries } = chaosScheduleSchema.parse({
    seed: '7',
    deliveries: [
      { kind: 'duplicate', share: 1, queues: ['shard'], copies: 2 },
      { kind: 'pass-deadline', share: 1, maxMs: 50 },
    ],
  });
  const { deliveryFaults } = createChaos({ seed: '7', deliveries });
  expect(deliveryFaults({ queue: 'a/shard', id: '1', attempt: 1 })).toEqual({ duplicate: 2 });
  const other = deliveryFaults({ queue: 'a/combine', id: '1', attempt: 1 });
  expect(Object.keys(other ?? {})).toEqual(['deadlineMs']);
  expect(other?.deadlineMs).toBeGreaterThanOrEqual(1);
  expect(other?.deadlineMs).toBeLessThanOrEqual(50);
});
