/** What each function states to Cloud Run follows from its memory: limit, what it holds idle, and what a request takes. */

import { expect, test } from 'vitest';
import { loadFunctions } from '../../infra/registry/registry.ts';
import { deriveConcurrency } from '../../shared/budget/derived-concurrency.ts';
import { ROOT } from './source-files.ts';

const MIB = 1024 * 1024;
const functions = await loadFunctions(ROOT);

test.each(functions)('$name states the concurrency that its budget gives', ({ config }) => {
  const { budget, memoryMiB, concurrency } = config;
  if (budget === undefined) throw new Error('it states no budget');
  const derived = deriveConcurrency({
    limitBytes: memoryMiB * MIB,
    baselineBytes: budget.idleMiB * MIB,
    costBytes: budget.requestMiB * MIB,
    ...(budget.thresholds === undefined ? {} : { stopFraction: budget.thresholds.stop }),
  });
  expect(concurrency).toBe(derived);
});
