import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { deriveConcurrency } from './derived-concurrency.ts';

const MIB = 1024 * 1024;

test('what is left below the stop level, divided by the cost', () => {
  const box = { limitBytes: 256 * MIB, baselineBytes: 100 * MIB };
  expect(deriveConcurrency({ ...box, costBytes: 20 * MIB })).toBe(5);
  expect(deriveConcurrency({ ...box, costBytes: 105 * MIB })).toBe(0);
  expect(deriveConcurrency({ ...box, costBytes: 1 })).toBe(1_000);
  expect(() => deriveConcurrency({ ...box, costBytes: 0 })).toThrow(RangeError);
});

test('so many fit, and one more would not', () => {
  const bytes = fc.integer({ min: 1, max: 2 ** 32 });
  fc.assert(
    fc.property(bytes, bytes, bytes, (limitBytes, baselineBytes, costBytes) => {
      const count = deriveConcurrency({ limitBytes, baselineBytes, costBytes });
      if (count > 0) expect(baselineBytes + count * costBytes).toBeLessThanOrEqual(limitBytes * 0.8);
      if (count < 1_000)
        expect(baselineBytes + (count + 1) * costBytes).toBeGreaterThan(Math.floor(limitBytes * 0.8));
    }),
  );
});
