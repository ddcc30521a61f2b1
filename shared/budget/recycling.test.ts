import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { createRecycling, type RecyclingOptions } from './recycling.ts';

function run(
  options: Omit<RecyclingOptions, 'onDue'>,
  requests: number,
  heldAt: (request: number) => number,
) {
  const told: { reason: string; request: number }[] = [];
  let request = 0;
  const recycling = createRecycling({ ...options, onDue: (reason) => told.push({ reason, request }) });
  for (request = 1; request <= requests; request++) recycling.ended(heldAt(request));
  return told;
}

test('after N requests, within the jitter, and told once', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
      const told = run({ afterRequests: 100, jitterRequests: 20, random: () => random }, 500, () => 1);
      expect(told).toHaveLength(1);
      expect(Math.abs((told[0]?.request ?? 0) - 100)).toBeLessThanOrEqual(20);
    }),
  );
});

test('the jitter spreads', () => {
  const lengthFor = (random: number) =>
    run({ afterRequests: 100, jitterRequests: 20, random: () => random }, 500, () => 1)[0]?.request;
  expect([lengthFor(0), lengthFor(0.5)]).toEqual([80, 100]);
});

test('a floor that rises and stays up is drift', () => {
  const leak = (request: number) => 1_000 + request;
  expect(run({ driftBytes: 150 }, 2_000, leak)).toEqual([{ reason: 'drift', request: 1_500 }]);
});

test('garbage that comes and goes is no drift, nor is warming up, nor one high window', () => {
  const sawtooth = (request: number) => 1_000 + (request % 90) * 1_000;
  const warmUp = (request: number) => Math.min(request, 1_000);
  const oneHigh = (request: number) => (request > 1_500 && request <= 1_600 ? 9_000 : 1_000);
  for (const held of [sawtooth, warmUp, oneHigh]) expect(run({ driftBytes: 150 }, 3_000, held)).toEqual([]);
});

test('what is loaded late is drift only beyond what was expected', () => {
  const loadsLate = (request: number) => (request < 2_000 ? 1_000 : 3_000);
  expect(run({ driftBytes: 150, expectedBytes: 2_900 }, 5_000, loadsLate)).toEqual([]);
  expect(run({ driftBytes: 150, expectedBytes: 2_000 }, 5_000, loadsLate)).toHaveLength(1);
});
