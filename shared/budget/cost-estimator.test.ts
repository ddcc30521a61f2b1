import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { createCostEstimator } from './cost-estimator.ts';

const MIB = 1024 * 1024;

test('before anything was seen, the declared cost counts, but never less than the floor', () => {
  const costs = createCostEstimator();
  expect(costs.estimate('a', 10 * MIB)).toBe(10 * MIB);
  expect(costs.estimate('a', 0)).toBe(64 * 1024);
});

test('a single outlier, such as a first request that loads the model, does not count', () => {
  const costs = createCostEstimator();
  costs.observe('a', MIB, 187 * MIB);
  costs.observe('a', MIB, MIB);
  expect(costs.estimate('a', MIB)).toBe(1.25 * MIB);
});

test('growth that is seen again raises the cost at once, with a margin', () => {
  const costs = createCostEstimator();
  for (const grown of [4, 4]) costs.observe('a', MIB, grown * MIB);
  expect(costs.estimate('a', MIB)).toBe(5 * MIB);
  expect(costs.estimate('b', MIB)).toBe(MIB);
  expect(costs.estimates()).toContainEqual(expect.objectContaining({ route: 'a', peakBytes: 4 * MIB }));
});

test('it falls slowly, and never below half of what is declared', () => {
  const costs = createCostEstimator();
  for (const grown of [4, 4]) costs.observe('a', MIB, grown * MIB);
  const seen: number[] = [];
  for (let round = 0; round < 300; round++) {
    costs.observe('a', MIB, 0);
    seen.push(costs.estimate('a', MIB));
  }
  expect(seen[5]).toBe(5 * MIB);
  expect(seen[8]).toBeGreaterThan(3.5 * MIB);
  expect(seen.at(-1)).toBeCloseTo(MIB / 2, -1);
});

test('whatever is seen, factor and number of routes stay within bounds', () => {
  const observation = fc.tuple(fc.string(), fc.nat(MIB), fc.integer({ min: -MIB, max: 100 * MIB }));
  fc.assert(
    fc.property(fc.array(observation), (observations) => {
      const costs = createCostEstimator({ maxRoutes: 3 });
      for (const [route, declared, grown] of observations) costs.observe(route, declared, grown);
      expect(costs.estimates().length).toBeLessThanOrEqual(3);
      for (const { factor } of costs.estimates()) {
        expect(factor).toBeGreaterThanOrEqual(0.5);
        expect(factor).toBeLessThanOrEqual(8);
      }
    }),
  );
});
