import { expect, test } from 'vitest';
import { memoryBar } from './memory-bar.ts';

test.each([
  [0, 0, '[          ]'],
  [50, 50, '[=====     ]'],
  [50, 80, '[=====---  ]'],
  [100, 100, '[==========]'],
  // Seen above the limit, just before it is killed.
  [130, 140, '[==========]'],
  // A process that was started anew holds less than the one before.
  [10, 100, '[=---------]'],
])('%d MiB resident, %d at most, of 100: %s', (residentMiB, peakMiB, bar) => {
  expect(memoryBar({ residentMiB, peakMiB, limitMiB: 100, width: 12 })).toBe(bar);
});
