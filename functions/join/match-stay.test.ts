import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { matchStay, sortStays, type Visit } from './match-stay.ts';

const hours = (count: number) => count * 3600;
const visit = (id: number, from: number, to = Number.NaN): Visit => ({
  id,
  intime: hours(from),
  outtime: hours(to),
});

const nearest = { rule: 'nearest', windowHours: 24 } as const;
const inside = { rule: 'inside', windowHours: 24 } as const;
const match = (stays: Visit[], at: number, rule: typeof nearest | typeof inside) =>
  matchStay(sortStays(stays), hours(at), rule)?.id;

test.each<[string, Visit[], number, number | undefined]>([
  ['the nearer of two', [visit(1, 0), visit(2, 10)], 7, 2],
  ['one that comes after the study', [visit(1, 10)], 0, 1],
  ['as near: the smaller id', [visit(9, 0), visit(2, 10)], 5, 2],
  ['as near: the smaller id, earlier', [visit(2, 0), visit(9, 10)], 5, 2],
  ['at once: the smaller id', [visit(9, 4), visit(3, 4), visit(5, 4)], 5, 3],
  ['at once, later: the smaller id', [visit(9, 6), visit(3, 6), visit(5, 6)], 5, 3],
  ['the window, its end included', [visit(1, 0)], 24, 1],
  ['outside the window', [visit(1, 0)], 24.001, undefined],
  ['no stay', [], 0, undefined],
  ['no arrival', [visit(1, Number.NaN)], 0, undefined],
])('nearest: %s', (_case, stays, at, id) => {
  expect(match(stays, at, nearest)).toBe(id);
});

test.each<[string, Visit[], number, number | undefined]>([
  ['inside', [visit(1, 0, 10)], 5, 1],
  ['on arrival', [visit(1, 0, 10)], 0, 1],
  ['at departure', [visit(1, 0, 10)], 10, 1],
  ['between stays', [visit(1, 0, 4), visit(2, 6, 9)], 5, undefined],
  ['in two: the later arrival', [visit(1, 0, 10), visit(2, 3, 10)], 5, 2],
  ['in an earlier one, the later being over', [visit(1, 0, 10), visit(2, 3, 4)], 5, 1],
  ['in two that arrive at once: the smaller id', [visit(7, 0, 10), visit(2, 0, 9)], 5, 2],
  ['departure not known', [visit(1, 0)], 5, undefined],
])('inside: %s', (_case, stays, at, id) => {
  expect(match(stays, at, inside)).toBe(id);
});

test('the same as looking at every stay', () => {
  const stay = fc.record({
    id: fc.integer({ min: 1, max: 9 }),
    from: fc.integer({ min: 0, max: 60 }),
    length: fc.integer({ min: 0, max: 30 }),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(stay, { selector: ({ id }) => id }),
      fc.integer({ min: 0, max: 90 }),
      (drawn, at) => {
        const stays = drawn.map(({ id, from, length }) => visit(id, from, from + length));
        const distance = ({ intime }: Visit) => Math.abs(intime - hours(at));
        const near = stays
          .filter((one) => distance(one) <= hours(24))
          .sort((a, b) => distance(a) - distance(b) || a.id - b.id);
        const holding = stays
          .filter(({ intime, outtime }) => intime <= hours(at) && hours(at) <= outtime)
          .sort((a, b) => b.intime - a.intime || a.id - b.id);
        expect(match(stays, at, nearest)).toBe(near[0]?.id);
        expect(match(stays, at, inside)).toBe(holding[0]?.id);
      },
    ),
  );
});
