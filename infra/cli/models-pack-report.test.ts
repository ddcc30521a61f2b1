import { expect, test } from 'vitest';
import { savesMemory } from './models-pack-report.ts';

const MIB = 1024 * 1024;

function measured(peakMiB: number) {
  return {
    ...{ loadedFrom: 'plain' as const, loadMs: 100, firstRunMs: 1, runMs: 1, answer: [1] },
    ...{ residentBytes: peakMiB * MIB, peakBytes: peakMiB * MIB },
  };
}

test('a packed form is left out where it takes more memory by more than measuring twice would', () => {
  const plain = measured(136);
  expect(savesMemory({ plain, packed: measured(156) }, 23 * MIB)).toBe(false);
  expect(savesMemory({ plain, packed: measured(140) }, 23 * MIB)).toBe(true);
  expect(savesMemory({ plain, packed: measured(100) }, 23 * MIB)).toBe(true);
});

test('a graph too large to be optimised by a service is always packed', () => {
  expect(savesMemory({ plain: measured(136), packed: measured(156) }, 60 * MIB)).toBe(true);
});
