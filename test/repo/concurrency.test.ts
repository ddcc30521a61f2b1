/**
 * What each function states to Cloud Run follows from its memory: so many requests of its commonest route fit beside
 * what it holds idle, each as large as that route takes. What they cost is what the routes themselves declare.
 */

import { expect, test } from 'vitest';
import { createApp as createCombine } from '../../functions/combine/app.ts';
import { createApp as createDiabetes } from '../../functions/diabetes/app.ts';
import { createApp as createHeart } from '../../functions/heart/app.ts';
import { createApp as createJoin } from '../../functions/join/app.ts';
import { createApp as createPlan } from '../../functions/plan/app.ts';
import { createApp as createShard } from '../../functions/shard/app.ts';
import { loadFunctions } from '../../infra/registry/registry.ts';
import { deriveConcurrency } from '../../shared/budget/derived-concurrency.ts';
import { RetryableError } from '../../shared/errors/retryable-error.ts';
import type { Admits } from '../../shared/http/admission.ts';
import type { BoxApp } from '../../shared/http/box-app.ts';
import {
  extrasTask,
  finishTask,
  joinTask,
  partitionTask,
  planTask,
  scanTask,
  shardTask,
  startTask,
  sweepTask,
  tarTask,
} from '../../shared/pipeline/stage-tasks.ts';
import { ROOT } from './source-files.ts';

const MIB = 1024 * 1024;
const functions = await loadFunctions(ROOT);
const ref = { bucket: 'pillbox', job: 'a', generation: '1' };
const TASKS = [
  planTask(ref),
  sweepTask({ ...ref, round: 0, markers: 0, stalled: 0 }, 0),
  scanTask({ ...ref, scan: 0 }),
  partitionTask({ ...ref, partition: 0 }),
  joinTask(ref),
  shardTask({ ...ref, shard: 0 }),
  extrasTask({ ...ref, round: 0 }),
  startTask({ ...ref, round: 0 }),
  tarTask({ ...ref, tar: 0, tars: 1, split: 'train', number: 0, group: 0 }, 0),
  finishTask(ref),
];
const never = () => {
  throw new Error('nobody is let in');
};
const PLACE = { servedBy: 'function', loadModelText: never, log: () => {} } as const;
const DEPS = { openStore: never, queue: { enqueue: never }, codeVersion: 'test', log: () => {} } as const;
const APPS: Readonly<Record<string, (budget: Admits) => BoxApp>> = {
  combine: (budget) => createCombine({ ...DEPS, budget }),
  diabetes: (budget) => createDiabetes({ ...PLACE, budget }),
  heart: (budget) => createHeart({ ...PLACE, budget }),
  join: (budget) => createJoin({ ...DEPS, budget }),
  plan: (budget) => createPlan({ ...DEPS, budget }),
  shard: (budget) => createShard({ ...DEPS, budget }),
};

/** What its commonest routes ask for, in bytes: a service's for its fields, a step's for each of its tasks. */
async function declaredBytes(name: string): Promise<number[]> {
  const open = APPS[name];
  if (open === undefined) throw new Error(`the test knows no app of the function ${name}`);
  const costs: number[] = [];
  const app = open({
    async admit({ costBytes }) {
      costs.push(costBytes);
      throw new RetryableError('overloaded', 'nobody is let in');
    },
  });
  const tasks = TASKS.filter(({ box }) => box === name);
  // Without a length a body is taken for the longest that the route reads.
  const asks = tasks.length > 0 ? tasks : [{ path: '/tabular', body: {} }];
  for (const { path, body } of asks) {
    const headers = { 'content-type': 'application/json' };
    const answer = await app.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect([path, answer.status]).toEqual([path, 503]);
  }
  expect(costs).toHaveLength(asks.length);
  return costs;
}

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

test.each(functions)('$name states what its routes declare', async ({ name, config }) => {
  const costs = await declaredBytes(name);
  expect(costs.map((bytes) => bytes / MIB)).toEqual(costs.map(() => config.budget?.requestMiB));
});
