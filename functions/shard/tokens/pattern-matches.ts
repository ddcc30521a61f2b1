/** Where a pattern matches, as Hugging Face's library finds it: no empty match right behind another, and none in an empty text. */

export interface Range {
  readonly start: number;
  /** The same as start where the match is empty. */
  readonly end: number;
}

/** @param pattern with the flag g. */
export function* matchesOf(text: string, pattern: RegExp): Generator<Range> {
  if (text === '') return;
  let lastEnd = -1;
  for (const { index: start, 0: match } of text.matchAll(pattern)) {
    const end = start + match.length;
    if (start === end && start === lastEnd) continue;
    yield { start, end };
    lastEnd = end;
  }
}
