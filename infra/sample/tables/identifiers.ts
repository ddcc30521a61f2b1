/** Identifiers with MIMIC's leading digits: all different, spread over their range. */

import { createRandom, type Random } from '../random.ts';

/** Seven digits follow the first. */
const ID_RANGE = 10_000_000;
/** Coprime to the range, so that stepping by it visits every identifier once. */
const ID_STRIDE = 7_368_787;
const FIRST = { stay: 30_000_000, hospital: 20_000_000, study: 50_000_000 } as const;

/** In no order: the n-th identifier says nothing about the next. At most ten million of them. */
export function createIds(seed: string, kind: keyof typeof FIRST): (index: number) => number {
  const start = createRandom(seed, 'tables', 'first', kind).integer(0, ID_RANGE - 1);
  return (index) => FIRST[kind] + ((start + index * ID_STRIDE) % ID_RANGE);
}

/** Ascending, as the published tables are sorted by it. */
export function createSubjectIds(seed: string, subjects: number): (index: number) => number {
  const random = createRandom(seed, 'tables', 'subjects');
  const step = ID_RANGE / subjects;
  return (index) => {
    const from = Math.floor(index * step);
    return 10_000_000 + random.integer(from, Math.floor((index + 1) * step) - 1);
  };
}

/** Five groups of eight hexadecimal digits. */
export function inventDicomId(random: Random): string {
  const group = () =>
    Math.floor(random.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return `${group()}-${group()}-${group()}-${group()}-${group()}`;
}
