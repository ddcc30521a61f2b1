/** The four preconditions of a request, on the generation and metageneration of the live object. */

import { ApiError, conditionNotMet, invalid } from './api-error.ts';

/** What preconditions look at; a bucket has no generation. */
export interface Numbered {
  readonly generation?: number;
  readonly metageneration: number;
}

const NAMES = [
  'ifGenerationMatch',
  'ifGenerationNotMatch',
  'ifMetagenerationMatch',
  'ifMetagenerationNotMatch',
] as const;

/** Decimal numbers; generation 0 stands for "no live object". */
export type Preconditions = { [name in (typeof NAMES)[number]]?: number | undefined };

/**
 * @param prefix `ifSource` for those on the source of a copy.
 * Throws an ApiError (400) for a value that is no decimal number.
 */
export function readPreconditions(query: URLSearchParams, prefix: 'if' | 'ifSource' = 'if'): Preconditions {
  const found: Preconditions = {};
  for (const name of NAMES) {
    const value = readLong(query, name.replace(/^if/, prefix));
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** A 64-bit number of the query. Throws an ApiError (400) for anything else. */
export function readLong(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,19}$/.test(text)) throw invalid(`Invalid value for ${name}: expected a decimal number.`);
  return Number(text);
}

/** Before a change. Throws an ApiError (412). */
export function checkBeforeWrite(live: Numbered | undefined, conditions: Preconditions): void {
  if (!isMet(live, conditions, 'match') || !isMet(live, conditions, 'notMatch')) throw conditionNotMet();
}

/** Before a read of an object that exists. Throws an ApiError: 412, or 304 where the caller has this state already. */
export function checkBeforeRead(live: Numbered, conditions: Preconditions): void {
  if (!isMet(live, conditions, 'match')) throw conditionNotMet();
  if (!isMet(live, conditions, 'notMatch')) throw new ApiError(304, 'notModified', 'Not Modified');
}

function isMet(live: Numbered | undefined, conditions: Preconditions, kind: 'match' | 'notMatch'): boolean {
  const generation = live?.generation ?? 0;
  const metageneration = live?.metageneration ?? 0;
  if (kind === 'match') {
    const { ifGenerationMatch = generation, ifMetagenerationMatch = metageneration } = conditions;
    return ifGenerationMatch === generation && ifMetagenerationMatch === metageneration;
  }
  return (
    conditions.ifGenerationNotMatch !== generation && conditions.ifMetagenerationNotMatch !== metageneration
  );
}
