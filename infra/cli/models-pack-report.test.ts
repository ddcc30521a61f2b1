import { expect, test } from 'vitest';
import { savesSomething } from './models-pack-report.ts';

const MIB = 1024 * 1024;

function measured(peakMiB: number, loadMs: number) {
  return {
    ...{ loadedFrom: 'plain' as const, loadMs, firstRunMs: 1, runMs: 1, answer: [1] },
    ...{ residentBytes: peakMiB * MIB, peakBytes: peakMiB * MIB },
  };
}

test('a packed form is kept where it saves memory or time, and left out where it costs both', () => {
  const plain = measured(136, 120);
  expect(savesSomething({ plain, packed: measured(156, 127) }, 23 * MIB)).toBe(false);
  expect(savesSomething({ plain, packed: measured(140, 127) }, 23 * MIB)).toBe(true);
  expect(savesSomething({ plain, packed: measured(156, 40) }, 23 * MIB)).toBe(true);
});

test('a graph too large to be optimised by a service is always packed', () => {
  expect(savesSomething({ plain: measured(136, 120), packed: measured(156, 127) }, 60 * MIB)).toBe(true);
});
