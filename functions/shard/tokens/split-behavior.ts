/** What becomes of the matches of a pattern when a text is cut at them. */

import * as z from 'zod';
import { matchesOf } from './pattern-matches.ts';

/** As a tokenizer.json names them. */
export const splitBehaviorSchema = z.enum([
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
]);

export type SplitBehavior = z.infer<typeof splitBehaviorSchema>;

export interface SplitRule {
  /** With the flag g. */
  readonly pattern: RegExp;
  readonly behavior: SplitBehavior;
  /** What lies between the matches counts as the matches. */
  readonly invert?: boolean;
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly isMatch: boolean;
}

/** The pieces in their order; none is empty. */
export function splitText(text: string, { pattern, behavior, invert = false }: SplitRule): string[] {
  const pieces: string[] = [];
  let start = 0;
  let before: Piece | undefined;
  for (const piece of piecesOf(text, pattern, invert)) {
    if (before !== undefined && !continues(before, piece, behavior)) {
      pieces.push(text.slice(start, before.end));
      start = piece.start;
    }
    before = piece;
    if (behavior !== 'Removed' || !piece.isMatch) continue;
    start = piece.end;
    before = undefined;
  }
  if (before !== undefined) pieces.push(text.slice(start, before.end));
  return pieces.filter((piece) => piece !== '');
}

function* piecesOf(text: string, pattern: RegExp, invert: boolean): Generator<Piece> {
  let done = 0;
  for (const { start, end } of matchesOf(text, pattern)) {
    if (start > done) yield { start: done, end: start, isMatch: invert };
    // An empty one as well: it keeps apart what is on its two sides.
    yield { start, end, isMatch: !invert };
    done = end;
  }
  if (done < text.length) yield { start: done, end: text.length, isMatch: invert };
}

/** Whether a piece belongs to the one before it. */
function continues(before: Piece, piece: Piece, behavior: SplitBehavior): boolean {
  switch (behavior) {
    case 'Contiguous':
      return before.isMatch === piece.isMatch;
    case 'MergedWithPrevious':
      return piece.isMatch && !before.isMatch;
    case 'MergedWithNext':
      return before.isMatch && !piece.isMatch;
    default:
      return false;
  }
}
