import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { shardCount, shardRange } from './plan-document.ts';

test('shards cover every record once, in order, and are of nearly equal size', () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 1024 }));
  fc.assert(
    fc.property(sizes, ([records, shardRecords]) => {
      const shards = shardCount(records, shardRecords);
      let next = 0;
      for (let shard = 0; shard < shards; shard++) {
        const { start, end } = shardRange({ records, shards }, shard);
        expect(start).toBe(next);
        expect(end - start).toBeLessThanOrEqual(shardRecords);
        expect(end - start).toBeGreaterThanOrEqual(Math.floor(records / shards));
        next = end;
      }
      expect(next).toBe(records);
    }),
    { numRuns: 100 },
  );
});

test('a remainder of one record does not make a shard of one record', () => {
  expect(shardRange({ records: 33, shards: shardCount(33, 16) }, 2)).toEqual({ start: 22, end: 33 });
});
