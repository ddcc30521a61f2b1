import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { createBoundedCounter } from './bounded-counter.ts';

test('a count ends its time after its first', () => {
  let nowMs = 0;
  const counter = createBoundedCounter({ maxKeys: 5, windowMs: 10 }, () => nowMs);
  expect([counter.add('a'), counter.add('a', 2)]).toEqual([1, 3]);
  nowMs = 9;
  expect([counter.add('a'), counter.count('b')]).toEqual([4, 0]);
  counter.add('b');
  expect(counter.entries()).toEqual([
    ['a', 4],
    ['b', 1],
  ]);
  nowMs = 10;
  expect([counter.count('a'), counter.size]).toEqual([0, 1]);
  expect(counter.entries()).toEqual([['b', 1]]);
  nowMs = 19;
  expect([counter.entries(), counter.size]).toEqual([[], 0]);
});

test('too many keys: those go that end soonest, and that is told', () => {
  const counter = createBoundedCounter({ maxKeys: 2, windowMs: 10 }, () => 0);
  for (const key of ['a', 'b', 'c']) counter.add(key);
  expect([counter.count('a'), counter.count('b'), counter.count('c')]).toEqual([0, 1, 1]);
  expect(counter.droppedKeys).toBe(1);
});

test('never too many keys, and with room for all every count is right', () => {
  const step = fc.record({ key: fc.nat(7), laterMs: fc.nat(4) });
  fc.assert(
    fc.property(fc.array(step), fc.integer({ min: 1, max: 10 }), (steps, maxKeys) => {
      let nowMs = 0;
      const counter = createBoundedCounter({ maxKeys, windowMs: 10 }, () => nowMs);
      const expected = new Map<number, { total: number; endsAtMs: number }>();
      for (const { key, laterMs } of steps) {
        nowMs += laterMs;
        const own = expected.get(key);
        const live = own !== undefined && own.endsAtMs > nowMs ? own : { total: 0, endsAtMs: nowMs + 10 };
        expected.set(key, { ...live, total: live.total + 1 });
        const total = counter.add(String(key));
        expect(counter.size).toBeLessThanOrEqual(maxKeys);
        if (maxKeys >= 8) expect(total).toBe(live.total + 1);
      }
      if (maxKeys >= 8) expect(counter.droppedKeys).toBe(0);
    }),
  );
});
