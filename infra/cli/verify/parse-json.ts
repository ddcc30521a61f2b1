/** JSON of a file that anybody may have changed. */

/** Undefined, which no schema takes, for what is no JSON. */
export function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
