/** Spans of time as people read them. */

const UNITS: readonly (readonly [limitMs: number, unitMs: number, name: string])[] = [
  [1_000, 1, 'ms'],
  [90_000, 1_000, 's'],
  [90 * 60_000, 60_000, 'min'],
  [48 * 3_600_000, 3_600_000, 'h'],
  [Number.POSITIVE_INFINITY, 24 * 3_600_000, 'd'],
];

/** `now`, `in 3 s`, `12 min ago`. */
export function timeText(atMs: number, nowMs: number): string {
  const spanMs = Math.abs(atMs - nowMs);
  if (spanMs < 1) return 'now';
  const [, unitMs = 1, name = 'ms'] = UNITS.find(([limitMs]) => spanMs < limitMs) ?? [];
  const text = `${Math.round(spanMs / unitMs)} ${name}`;
  return atMs > nowMs ? `in ${text}` : `${text} ago`;
}
