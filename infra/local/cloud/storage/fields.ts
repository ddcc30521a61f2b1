/** Partial responses: the mask of the parameter `fields`, such as `nextPageToken,items(name,metadata/key)`. */

import { ApiError } from './api-error.ts';

/** Deeper than any resource; bounds the stack. */
const MAX_DEPTH = 16;
const MAX_LENGTH = 4096;

/** What is wanted below each key, `*` standing for every key; undefined for all of it. */
type Mask = ReadonlyMap<string, Mask | undefined>;

/** Throws an ApiError (400) for a mask that does not parse. */
export function parseFields(text: string): Mask {
  if (text.length > MAX_LENGTH) throw invalidMask();
  const tokens = text.match(/[^\s,/()]+|[,/()]/g) ?? [];
  const { mask, next } = parseList(tokens, 0, 0);
  if (next !== tokens.length) throw invalidMask();
  return mask;
}

/** A copy of `value` that holds only what the mask asks for; lists are gone through item by item. */
export function applyFields(mask: Mask, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => applyFields(mask, item));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const wanted = mask.has(key) ? key : '*';
    if (!mask.has(wanted)) return [];
    const below = mask.get(wanted);
    return [[key, below === undefined ? inner : applyFields(below, inner)] as const];
  });
  return Object.fromEntries(kept);
}

/** list = path ("," path)* · path = key ("/" path | "(" list ")")? */
function parseList(tokens: readonly string[], start: number, depth: number): { mask: Mask; next: number } {
  const mask = new Map<string, Mask | undefined>();
  let at = start;
  for (;;) {
    const { key, below, next } = parsePath(tokens, at, depth);
    const before = mask.get(key);
    const isWhole = below === undefined || (mask.has(key) && before === undefined);
    mask.set(key, isWhole ? undefined : new Map([...(before ?? []), ...below]));
    if (tokens[next] !== ',') return { mask, next };
    at = next + 1;
  }
}

function parsePath(
  tokens: readonly string[],
  at: number,
  depth: number,
): { key: string; below: Mask | undefined; next: number } {
  const key = tokens[at];
  if (key === undefined || /^[,/()]$/.test(key) || depth > MAX_DEPTH) throw invalidMask();
  const follower = tokens[at + 1];
  if (follower === '/') {
    const inner = parsePath(tokens, at + 2, depth + 1);
    return { key, below: new Map([[inner.key, inner.below]]), next: inner.next };
  }
  if (follower !== '(') return { key, below: undefined, next: at + 1 };
  const { mask, next } = parseList(tokens, at + 2, depth + 1);
  if (tokens[next] !== ')') throw invalidMask();
  return { key, below: mask, next: next + 1 };
}

const invalidMask = () => new ApiError(400, 'invalidParameter', 'Invalid field selection.');
