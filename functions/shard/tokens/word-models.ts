/** The models that look words up: WordPiece by longest prefix, WordLevel whole. */

import type { TokenModel, Vocabulary } from './token-model.ts';

export interface WordPieceOptions {
  readonly unknownId: number;
  readonly prefix: string;
  /** A word of more code points is unknown. */
  readonly maxWordChars: number;
}

export function createWordPiece(
  vocabulary: Vocabulary,
  { unknownId, prefix, maxWordChars }: WordPieceOptions,
): TokenModel {
  let longest = 0;
  for (const token of vocabulary.keys()) longest = Math.max(longest, token.length);
  return {
    encodeWord(word, ids) {
      const known = ids.length;
      // A code point has one or two units.
      let fits = word.length <= maxWordChars * 2;
      if (fits && word.length > maxWordChars) fits = [...word].length <= maxWordChars;
      for (let start = 0; fits && start < word.length; ) {
        const lead = start > 0 ? prefix : '';
        let end = Math.min(word.length, start + longest);
        let id: number | undefined;
        for (; end > start; end--) {
          id = vocabulary.get(lead + word.slice(start, end));
          if (id !== undefined) break;
        }
        if (id === undefined) fits = false;
        else ids.push(id);
        start = end;
      }
      if (fits) return;
      ids.length = known;
      ids.push(unknownId);
    },
  };
}

export function createWordLevel(vocabulary: Vocabulary, unknownId: number): TokenModel {
  return {
    encodeWord(word, ids) {
      ids.push(vocabulary.get(word) ?? unknownId);
    },
  };
}
