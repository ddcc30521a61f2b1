import { expect, test } from 'vitest';
import { createVersionChoice } from './version-choice.ts';

const standard = { name: 'eye', version: '1.0.0' };
const canary = { name: 'eye', version: '2.0.0', traffic: 0.25 };

test('a canary takes its share of the keys, and each key stays', () => {
  const choice = createVersionChoice([canary, standard]);
  expect(choice.standard).toBe(standard);
  const keys = Array.from({ length: 2000 }, (_, at) => `caller-${at}`);
  const taken = keys.filter((key) => choice.choose(undefined, key) === canary);
  expect(taken.length / keys.length).toBeCloseTo(0.25, 1);
  expect(taken.every((key) => choice.choose(undefined, key) === canary)).toBe(true);
  expect(choice.choose('1.0.0', taken[0] ?? '')).toBe(standard);
});

test('an unknown version is 404, and the answer names those there are but not the one asked for', () => {
  const refused = () => createVersionChoice([standard, canary]).choose('9.9.9', 'key');
  expect(refused).toThrow(
    expect.objectContaining({
      status: 404,
      code: 'no-such-version',
      message: 'eye has the versions 1.0.0, 2.0.0',
    }),
  );
});

test.each([
  ['no card', [], /0 of 0 are/],
  ['no standard', [canary], /exactly one card must be without traffic/],
  ['two standards', [standard, { ...standard, version: '3' }], /exactly one card must be without traffic/],
  ['one version twice', [standard, { ...canary, version: '1.0.0' }], /same version/],
  ['another model', [standard, { ...canary, name: 'ear' }], /of another model, ear/],
  ['too much traffic', [standard, canary, { ...canary, version: '3', traffic: 0.8 }], /more than 1/],
])('%s is refused', (_name, cards, message) => {
  expect(() => createVersionChoice(cards)).toThrow(message);
});
