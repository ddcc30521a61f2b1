/** JSON merge patches (RFC 7396), as the PATCH methods of the JSON API take them: null takes a key away. */

import { invalid } from './api-error.ts';

/** Deeper than any resource; bounds the stack. */
const MAX_DEPTH = 32;

export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A new object; neither argument is changed. Throws an ApiError (400) for a patch that is nested beyond all need. */
export function mergePatch(target: JsonObject, patch: JsonObject, depth = 0): JsonObject {
  if (depth > MAX_DEPTH) throw invalid('The resource is nested too deeply.');
  const merged = new Map(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    const before = merged.get(key);
    if (value === null || value === undefined) merged.delete(key);
    else if (isJsonObject(value)) {
      merged.set(key, mergePatch(isJsonObject(before) ? before : {}, value, depth + 1));
    } else merged.set(key, checkDepth(value, depth + 1));
  }
  // Object.fromEntries makes own properties even of `__proto__`.
  return Object.fromEntries(merged);
}

function checkDepth(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw invalid('The resource is nested too deeply.');
  if (Array.isArray(value)) for (const item of value) checkDepth(item, depth + 1);
  else if (isJsonObject(value)) for (const item of Object.values(value)) checkDepth(item, depth + 1);
  return value;
}
