import { expect, test } from 'vitest';
import { fits, requireFit, SERVICE_RESERVE_MIB } from './pack-fit.ts';
import { largestDifference } from './pack-probe.ts';

test('a model fits up to the limit less what the service holds', () => {
  expect(fits({ peakMiB: 256 - SERVICE_RESERVE_MIB, limitMiB: 256 })).toBe(true);
  expect(fits({ peakMiB: 257 - SERVICE_RESERVE_MIB, limitMiB: 256 })).toBe(false);
});

test('what cannot fit is refused by both numbers', () => {
  expect(() => requireFit('ecg', { peakMiB: 311, limitMiB: 256 })).toThrow(/ecg .* 343 MiB .* 256 MiB/);
  requireFit('ecg', { peakMiB: 202, limitMiB: 256 });
});

test('answers differ by a share of the largest number; by everything where one is no number', () => {
  expect(largestDifference([100, 0], [101, 0])).toBeCloseTo(0.01, 12);
  expect(largestDifference([0.2, 0.1], [0.2, 0.15])).toBeCloseTo(0.05, 12);
  expect(largestDifference([1], [Number.NaN])).toBe(Number.POSITIVE_INFINITY);
  expect(largestDifference([1, 2], [1])).toBe(Number.POSITIVE_INFINITY);
});
