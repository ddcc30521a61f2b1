/** The Unigram model: of all ways to cut a word into known pieces, the one with the best sum of scores. */

import { byteTokens, type TokenModel, type Vocabulary } from './token-model.ts';

/** How much worse than the worst piece an unknown char is, as in SentencePiece. */
const UNKNOWN_PENALTY = 10;

export interface UnigramOptions {
  /** By id. */
  readonly scores: Float64Array;
  /** Undefined: a char that is no piece leaves no token. */
  readonly unknownId: number | undefined;
  readonly byteFallback: boolean;
}

export function createUnigram(vocabulary: Vocabulary, options: UnigramOptions): TokenModel {
  const { scores, unknownId, byteFallback } = options;
  let longest = 1;
  for (const piece of vocabulary.keys()) longest = Math.max(longest, piece.length);
  let worst = Number.POSITIVE_INFINITY;
  for (const score of scores) worst = Math.min(worst, score);
  const search: Search = { vocabulary, scores, longest, unknownScore: worst - UNKNOWN_PENALTY };
  return {
    encodeWord(word, ids) {
      for (const { start, end, id } of fuseUnknown(bestPath(word, search))) {
        if (id !== UNKNOWN) ids.push(id);
        else {
          const bytes = byteFallback ? byteTokens(vocabulary, word.slice(start, end)) : undefined;
          if (bytes !== undefined) for (const byte of bytes) ids.push(byte);
          else if (unknownId !== undefined) ids.push(unknownId);
        }
      }
    },
  };
}

const UNKNOWN = -1;

interface Piece {
  readonly start: number;
  end: number;
  readonly id: number;
}

interface Search {
  readonly vocabulary: Vocabulary;
  readonly scores: Float64Array;
  /** In UTF-16 units. */
  readonly longest: number;
  readonly unknownScore: number;
}

function bestPath(word: string, { vocabulary, scores, longest, unknownScore }: Search): Piece[] {
  const best = new Float64Array(word.length + 1);
  const from = new Int32Array(word.length + 1).fill(-1);
  const ids = new Int32Array(word.length + 1);
  // Of two equal sums the one found first stays, as in Hugging Face's search.
  const reach = (start: number, end: number, score: number, id: number) => {
    const sum = (best[start] ?? 0) + score;
    if (from[end] !== -1 && sum <= (best[end] ?? 0)) return;
    best[end] = sum;
    from[end] = start;
    ids[end] = id;
  };
  for (let start = 0; start < word.length; ) {
    const charEnd = start + ((word.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
    let hasChar = false;
    const last = Math.min(word.length, start + longest);
    for (let end = charEnd; end <= last; end++) {
      const id = vocabulary.get(word.slice(start, end));
      if (id === undefined) continue;
      if (end === charEnd) hasChar = true;
      reach(start, end, scores[id] ?? 0, id);
    }
    if (!hasChar) reach(start, charEnd, unknownScore, UNKNOWN);
    start = charEnd;
  }
  const path: Piece[] = [];
  for (let end = word.length; end > 0; end = from[end] ?? 0) {
    path.push({ start: from[end] ?? 0, end, id: ids[end] ?? UNKNOWN });
  }
  return path.reverse();
}

/** Neighbouring unknown chars are one unknown piece. */
function fuseUnknown(path: readonly Piece[]): Piece[] {
  const fused: Piece[] = [];
  for (const piece of path) {
    const before = fused.at(-1);
    if (piece.id === UNKNOWN && before?.id === UNKNOWN) before.end = piece.end;
    else fused.push(piece);
  }
  return fused;
}
