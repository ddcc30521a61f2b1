/** Durations as Google's JSON writes them (`"3.5s"`); milliseconds everywhere else. */

import * as z from 'zod';

/** From `"3.5s"` to 3500. */
export const durationSchema = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,9})?s$/, 'must be a duration such as "3.5s"')
  .transform((text) => Math.round(Number(text.slice(0, -1)) * 1000));

/** From 3500 to `"3.500s"`: none or three digits, as protobuf's JSON writes them. */
export function toDuration(ms: number): string {
  return `${(ms / 1000).toFixed(ms % 1000 === 0 ? 0 : 3)}s`;
}
