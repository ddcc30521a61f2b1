import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { createThresholds, DEFAULT_THRESHOLDS, type PressureTransition } from './thresholds.ts';

function observed(usages: readonly number[]): { levels: string[]; transitions: string[] } {
  const transitions: string[] = [];
  const onTransition = ({ from, to }: PressureTransition) => transitions.push(`${from} → ${to}`);
  const thresholds = createThresholds({ limitBytes: 1000, onTransition });
  return { levels: usages.map((used) => thresholds.observe(used)), transitions };
}

test('each level is entered at its fraction and told of once', () => {
  const { levels, transitions } = observed([499, 500, 600, 700, 800, 801, 950]);
  expect(levels).toEqual(['normal', 'shed', 'shed', 'flush', 'stop', 'stop', 'drain']);
  expect(transitions).toEqual(['normal → shed', 'shed → flush', 'flush → stop', 'stop → drain']);
});

test('a level is left a margin below, and a jump is one transition', () => {
  const { levels, transitions } = observed([820, 760, 740, 660, 640, 100, 960]);
  expect(levels).toEqual(['stop', 'stop', 'flush', 'flush', 'shed', 'normal', 'drain']);
  expect(transitions).toHaveLength(5);
});

test('within one margin of a threshold there is never a second transition', () => {
  const anyThreshold = fc.constantFrom(...Object.values(DEFAULT_THRESHOLDS));
  fc.assert(
    fc.property(anyThreshold, fc.array(fc.double({ min: 0, max: 0.049, noNaN: true })), (entry, below) => {
      const usages = [entry * 1000, ...below.map((fraction) => (entry - fraction) * 1000)];
      expect(observed(usages).transitions).toHaveLength(1);
    }),
  );
});

test('the level never lies below the highest one entered now, nor above the highest one not left', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1200 })), (usages) => {
      const names = ['normal', 'shed', 'flush', 'stop', 'drain'];
      const entries = [500, 700, 800, 950];
      observed(usages).levels.forEach((level, index) => {
        const used = usages[index] ?? 0;
        expect(names.indexOf(level)).toBeGreaterThanOrEqual(entries.filter((entry) => used >= entry).length);
        expect(names.indexOf(level)).toBeLessThanOrEqual(
          entries.filter((entry) => used >= entry - 50.001).length,
        );
      });
    }),
  );
});

test('fractions that do not rise are refused', () => {
  const fractions = { ...DEFAULT_THRESHOLDS, flush: 0.4 };
  expect(() => createThresholds({ limitBytes: 1, fractions })).toThrow(RangeError);
});
