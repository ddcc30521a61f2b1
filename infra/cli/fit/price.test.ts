import { expect, test } from 'vitest';
import { billedAlone, priceFormula, pricePerMillion } from './price.ts';

test('a million requests: their time, at the price of CPU and memory, and each request', () => {
  // 100,000 s of 1 vCPU (2.40) and of 0.5 GiB (0.125), and 0.40 for the requests.
  expect(pricePerMillion({ cpu: 1, memoryMiB: 512, secondsPerRequest: 0.1 })).toBeCloseTo(2.925, 6);
});

test('less than the smallest memory of a service costs as much as that', () => {
  const price = (memoryMiB: number) => pricePerMillion({ cpu: 1, memoryMiB, secondsPerRequest: 0.1 });
  expect(price(64)).toBe(price(128));
  expect(price(136)).toBeGreaterThan(price(128));
});

test.each([
  [0.003, 0.1],
  [0.1, 0.1],
  [0.101, 0.2],
  [1.25, 1.3],
])('%d s alone are billed as %d s', (seconds, billed) => {
  expect(billedAlone(seconds)).toBeCloseTo(billed, 9);
});

test('the formula as one can type it', () => {
  expect(priceFormula({ cpu: 1, memoryMiB: 128, secondsPerRequest: 0.00154 })).toBe(
    '0.40 + 1,000,000 x 0.00154 s x (1 vCPU x 0.000024 + 0.125 GiB x 0.0000025)',
  );
});
