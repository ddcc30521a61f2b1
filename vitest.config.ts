import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';

const BOUNDS = 'test/bounds/**';

export default defineConfig({
  test: {
    // Whole processes are started and stopped; the machines that run this are small and shared. These end what hangs, and
    // no more: how long a thing takes is for benchmarks.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['{functions,shared,infra,test}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, BOUNDS],
          // Much of a test is waiting for the processes that it started, so two files at once fill two cores.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          // Some hundred processes are started from the same sources: half of what a start takes is to compile them.
          env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'compiled') },
        },
      },
      {
        extends: true,
        test: {
          name: 'bounds',
          include: [`${BOUNDS}/*.test.ts`],
          // They measure memory, and times under load: one at a time, from sources compiled as in production.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
