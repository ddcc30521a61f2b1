/** Chance that follows from a seed and from what is drawn for, in whatever order it is asked. */

import { createHmac } from 'node:crypto';

/** From 0 up to and without 1; the same for the same key. */
export type Draw = (key: string) => number;

export function createDraw(seed: string): Draw {
  return (key) => createHmac('sha256', seed).update(key).digest().readUInt32BE(0) / 2 ** 32;
}
