/** Random draws that add up: of each kind exactly as many as asked for, one at a time and in no memory. */

import { createRandom } from '../random.ts';

/** Draws without putting back: in the end each kind came up exactly as often as `counts` says. */
export function createUrn<K extends string>(
  counts: Readonly<Record<K, number>>,
  ...keys: readonly string[]
): () => K {
  const random = createRandom(...keys);
  const left = (Object.entries(counts) as [K, number][]).map(([kind, count]) => ({ kind, count }));
  let total = left.reduce((sum, { count }) => sum + count, 0);
  return () => {
    if (total === 0) throw new RangeError('the urn is empty');
    let ticket = random.integer(0, total - 1);
    total -= 1;
    for (const entry of left) {
      if (ticket < entry.count) {
        entry.count -= 1;
        return entry.kind;
      }
      ticket -= entry.count;
    }
    throw new RangeError('the urn is empty');
  };
}

/** Says yes exactly `chosen` times in `of` calls. */
export function createSelector(chosen: number, of: number, ...keys: readonly string[]): () => boolean {
  const draw = createUrn({ yes: chosen, no: of - chosen }, ...keys);
  return () => draw() === 'yes';
}

/**
 * Shares `total` out among `parts`, by weight and at least `least` to each: the n-th call gives what the n-th part gets.
 * @param weigh turns a uniform number into a weight; called twice for each part, as the sum must be known first.
 */
export function createShares(
  {
    total,
    parts,
    least,
    weigh,
  }: {
    readonly total: number;
    readonly parts: number;
    readonly least: number;
    readonly weigh: (uniform: number) => number;
  },
  ...keys: readonly string[]
): () => number {
  const toShare = total - parts * least;
  if (toShare < 0) throw new RangeError('fewer than the least for each part');
  let sum = 0;
  const rehearsal = createRandom(...keys);
  for (let part = 0; part < parts; part += 1) sum += weigh(rehearsal.next());
  const random = createRandom(...keys);
  let weightGiven = 0;
  let given = 0;
  let part = 0;
  return () => {
    weightGiven += weigh(random.next());
    part += 1;
    // The last part takes what is left, also where all weights are zero.
    const due = part === parts ? toShare : Math.round((toShare * weightGiven) / sum) || 0;
    const share = due - given;
    given = due;
    return least + share;
  };
}

/** Few have much: the weight of the top per cent is some twenty times the smallest. */
export function heavyTail(uniform: number): number {
  return Math.min(20, (1 - uniform) ** -0.65);
}
