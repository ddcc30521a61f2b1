import { expect, test } from 'vitest';
import { boxProcessOptions } from './box-process-options.ts';

test('a box of 256 MiB', () => {
  expect(boxProcessOptions(256)).toEqual({
    nodeFlags: ['--max-old-space-size=102', '--max-semi-space-size=1'],
    env: {
      MEMORY_LIMIT_MIB: '256',
      MALLOC_ARENA_MAX: '1',
      MALLOC_MMAP_THRESHOLD_: '65536',
      MALLOC_TRIM_THRESHOLD_: '65536',
    },
  });
});

test('a batch may let garbage lie for longer', () => {
  expect(boxProcessOptions(256, 100).nodeFlags).toContain('--heap-growing-percent=100');
});

test.each([128, 256, 512, 4096])(
  '%i MiB: heap and semi-spaces leave half for everything else',
  (memoryMiB) => {
    const [heap = 0, semi = 0] = boxProcessOptions(memoryMiB).nodeFlags.map((flag) =>
      Number(flag.split('=')[1]),
    );
    expect(semi).toBeGreaterThan(0);
    expect(heap + 3 * semi).toBeLessThanOrEqual(memoryMiB / 2);
  },
);
