/** Which partition a subject falls into: the same in every table, on every machine, in every run. */

/**
 * @param subject a whole number from 0 up to 2^53.
 * @returns 0 up to and without `partitions`.
 */
export function partitionOf(subject: number, partitions: number): number {
  const low = subject >>> 0;
  const high = Math.floor(subject / 2 ** 32) >>> 0;
  return mix(low ^ mix(high)) % partitions;
}

/** The finalizer of MurmurHash3: neighbouring numbers, as ids are, fall far apart. */
function mix(number: number): number {
  let h = number >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
