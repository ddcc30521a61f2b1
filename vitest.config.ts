import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{functions,shared,infra,test}/**/*.test.ts'],
    // Whole processes are started and stopped; the machines that run this are small and shared.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
