import { expect, test } from 'vitest';
import { createReleaseHooks, type Release } from './release-hooks.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function hooksWithReport() {
  const releases: Release[] = [];
  return { hooks: createReleaseHooks((release) => releases.push(release)), releases };
}

test('shed runs the caches, flush runs the buffers too; the bytes are reported', async () => {
  const { hooks, releases } = hooksWithReport();
  hooks.register({ name: 'cache', level: 'shed', release: () => 5 });
  hooks.register({ name: 'buffer', level: 'flush', release: async () => 7 });
  hooks.release('normal');
  hooks.release('shed');
  await turn();
  expect(releases).toEqual([{ name: 'cache', bytes: 5 }]);
  hooks.release('drain');
  await turn();
  expect(releases.slice(1)).toEqual([
    { name: 'cache', bytes: 5 },
    { name: 'buffer', bytes: 7 },
  ]);
});

test('a failing hook, at once or later, does not keep the others from running', async () => {
  const { hooks, releases } = hooksWithReport();
  const error = new Error('broken');
  hooks.register({
    name: 'throws',
    level: 'shed',
    release() {
      throw error;
    },
  });
  hooks.register({ name: 'rejects', level: 'shed', release: () => Promise.reject(error) });
  hooks.register({ name: 'works', level: 'shed', release: () => 3 });
  hooks.release('shed');
  await turn();
  expect(releases).toHaveLength(3);
  expect(releases).toContainEqual({ name: 'throws', bytes: 0, error });
  expect(releases).toContainEqual({ name: 'rejects', bytes: 0, error });
  expect(releases).toContainEqual({ name: 'works', bytes: 3 });
});

test('a hook that still runs is not begun again, one that was taken out never', async () => {
  const { hooks, releases } = hooksWithReport();
  const ends: ((bytes: number) => void)[] = [];
  const unregister = hooks.register({
    name: 'slow',
    level: 'shed',
    release: () => new Promise((resolve) => ends.push(resolve)),
  });
  hooks.release('shed');
  hooks.release('shed');
  expect(ends).toHaveLength(1);
  ends[0]?.(1);
  await turn();
  hooks.release('shed');
  expect(ends).toHaveLength(2);
  ends[1]?.(1);
  await turn();
  unregister();
  hooks.release('shed');
  expect([ends.length, releases.length]).toEqual([2, 2]);
});
