import { expect, test } from 'vitest';
import fc from '../../../../test/fixtures/properties.ts';
import { backoffMs, isSpent, type RetryRules } from './backoff.ts';

const documented: RetryRules = {
  maxAttempts: 100,
  maxRetryMs: 0,
  minBackoffMs: 10_000,
  maxBackoffMs: 300_000,
  maxDoublings: 3,
};

test('the example in the documentation of maxDoublings', () => {
  const seconds = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((failures) => backoffMs(documented, failures) / 1000);
  expect(seconds).toEqual([10, 20, 40, 80, 160, 240, 300, 300, 300]);
});

test('without doublings the interval grows by the least back-off', () => {
  const rules = { ...documented, maxDoublings: 0 };
  expect([1, 2, 3, 4].map((failures) => backoffMs(rules, failures))).toEqual([
    10_000, 20_000, 30_000, 40_000,
  ]);
});

test('the interval never shrinks, and stays between the two limits however often a task fails', () => {
  const rules = fc.record({
    maxAttempts: fc.constant(-1),
    maxRetryMs: fc.constant(0),
    minBackoffMs: fc.integer({ min: 1, max: 10_000 }),
    maxBackoffMs: fc.integer({ min: 10_000, max: 3_600_000 }),
    maxDoublings: fc.integer({ min: 0, max: 2000 }),
  });
  fc.assert(
    fc.property(rules, fc.integer({ min: 1, max: 100_000 }), (rule, failures) => {
      const wait = backoffMs(rule, failures);
      expect(wait).toBeGreaterThanOrEqual(rule.minBackoffMs);
      expect(wait).toBeLessThanOrEqual(rule.maxBackoffMs);
      expect(backoffMs(rule, failures + 1)).toBeGreaterThanOrEqual(wait);
    }),
  );
});

test.each([
  { maxAttempts: 3, maxRetryMs: 0, attempts: 2, ageMs: 1e9, spent: false },
  { maxAttempts: 3, maxRetryMs: 0, attempts: 3, ageMs: 0, spent: true },
  { maxAttempts: 3, maxRetryMs: 1000, attempts: 3, ageMs: 999, spent: false },
  { maxAttempts: 3, maxRetryMs: 1000, attempts: 2, ageMs: 1000, spent: false },
  { maxAttempts: 3, maxRetryMs: 1000, attempts: 3, ageMs: 1000, spent: true },
  { maxAttempts: -1, maxRetryMs: 1000, attempts: 9, ageMs: 999, spent: false },
  { maxAttempts: -1, maxRetryMs: 1000, attempts: 1, ageMs: 1000, spent: true },
  { maxAttempts: -1, maxRetryMs: 0, attempts: 1e6, ageMs: 1e12, spent: false },
])(
  'limits $maxAttempts and $maxRetryMs ms, after $attempts attempts in $ageMs ms: $spent',
  ({ maxAttempts, maxRetryMs, attempts, ageMs, spent }) => {
    expect(isSpent({ ...documented, maxAttempts, maxRetryMs }, attempts, ageMs)).toBe(spent);
  },
);
