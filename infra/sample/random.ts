/** Seeded random numbers: the same keys give the same stream on every machine. */

import { createHash } from 'node:crypto';

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  uniform(from: number, to: number): number;
  /** Uniform over the integers from `from` to `to`, both included. */
  integer(from: number, to: number): number;
  chance(probability: number): boolean;
  normal(mean: number, deviation: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** A stream (sfc32) of its own for each list of keys, so that one study never depends on how many others are drawn. */
export function createRandom(...keys: readonly (string | number)[]): Random {
  const next = sfc32(createHash('sha256').update(JSON.stringify(keys)).digest());
  const uniform = (from: number, to: number) => from + (to - from) * next();
  const integer = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    uniform,
    integer,
    chance: (probability) => next() < probability,
    normal(mean, deviation) {
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      return mean + deviation * radius * Math.cos(2 * Math.PI * next());
    },
    pick: (choices) => choices[integer(0, choices.length - 1)] ?? choices[0],
  };
}

function sfc32(seed: Buffer): () => number {
  let a = seed.readInt32LE(0);
  let b = seed.readInt32LE(4);
  let c = seed.readInt32LE(8);
  let counter = 1;
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
}
