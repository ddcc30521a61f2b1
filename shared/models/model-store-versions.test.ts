import { expect, test } from 'vitest';
import { pickVersion } from './model-store-versions.ts';

const keys = Array.from({ length: 20_000 }, (_, at) => `request-${at}`);
const canary = (share: number) => ({ standard: '1', canaries: [{ version: '2', share }] });

test.each([0, 0.01, 0.1, 0.5, 1])('a canary with the share %d gets it', (share) => {
  const taken = keys.filter((key) => pickVersion(canary(share), { key }) === '2').length;
  expect(Math.abs(taken / keys.length - share)).toBeLessThan(0.01);
});

test('the same key gets the same version, also when the share grows', () => {
  for (const key of keys.slice(0, 2000)) {
    const before = pickVersion(canary(0.2), { key });
    expect(pickVersion(canary(0.2), { key })).toBe(before);
    if (before === '2') expect(pickVersion(canary(0.3), { key })).toBe('2');
  }
});

test('several canaries share what there is', () => {
  const versions = {
    standard: '1',
    canaries: [
      { version: '2', share: 0.25 },
      { version: '3', share: 0.25 },
    ],
  };
  const counts = Object.groupBy(keys, (key) => pickVersion(versions, { key }));
  expect((counts['1']?.length ?? 0) / keys.length).toBeCloseTo(0.5, 1);
  expect((counts['3']?.length ?? 0) / keys.length).toBeCloseTo(0.25, 1);
});

test('the version that is asked for answers; one that is not there is refused by name of those that are', () => {
  expect(pickVersion(canary(0), { key: 'a', asked: '2' })).toBe('2');
  expect(pickVersion(canary(1), { key: 'a', asked: '1' })).toBe('1');
  expect(() => pickVersion(canary(0.5), { key: 'a', asked: '9' })).toThrow('there is 1, 2');
});
