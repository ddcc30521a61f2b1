/** What turns one pre-token into token ids. */

export interface TokenModel {
  /** Appends the ids of a word, which is never empty. A char or word that has no id may leave none. */
  encodeWord(word: string, ids: number[]): void;
}

/** From token to id. */
export type Vocabulary = ReadonlyMap<string, number>;

/** `<0x41>` for each byte of the text in UTF-8; undefined when the vocabulary lacks one of them. */
export function byteTokens(vocabulary: Vocabulary, text: string): number[] | undefined {
  const ids: number[] = [];
  for (const byte of Buffer.from(text)) {
    const id = vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    if (id === undefined) return undefined;
    ids.push(id);
  }
  return ids;
}
