/** How large the parts of a tokenizer.json may be: what bounds the time and memory that it takes. */

import { TokenizerRefusal } from './tokenizer-refusal.ts';

/** What bounds memory: see the bounds test of tokenizers for what the largest takes. */
export const MAX_TOKENIZER_BYTES = 20 * 1024 * 1024;
/** The steps without vocabulary and merges; the added tokens are most of it. */
export const MAX_REST_BYTES = 2 * 1024 * 1024;
/** Of lists and objects in one another: some 16 Sequences, where published tokenizers have one. */
export const MAX_NESTING = 40;

export const MAX_VOCABULARY = 262_144;
/** The merges of the larger published vocabularies are up to two and a half times their tokens; a table holds so many. */
export const MAX_MERGES = 3 * MAX_VOCABULARY;
/** Of a token that words are searched for, where SentencePiece by default makes none of more than 16 chars. */
export const MAX_TOKEN_UNITS = 256;
/** BERT has 100; what is longer is unknown. */
export const MAX_WORD_CHARS = 1000;

export const MAX_ADDED_TOKENS = 4096;
/** Around one text. */
export const MAX_SPECIAL_TOKENS = 4096;

/** Of a pattern; those of published tokenizers have some hundred. */
export const MAX_PATTERN_UNITS = 4096;
/** Of what a step puts in place of a char, or before a text. */
export const MAX_CONTENT_UNITS = 256;
/** The longest of Unicode's compatibility forms has 33; one that is longer would only blow a text up. */
export const MAX_REPLACEMENT_BYTES = 256;
/** Of a text between two steps: the longest notes have a fifth of it. */
export const MAX_TEXT_UNITS = 1024 * 1024;

/** @param step names what made the text. Throws a TokenizerRefusal where the text is too long. */
export function requireShortText(units: number, step: string): void {
  if (units > MAX_TEXT_UNITS) {
    throw new TokenizerRefusal(`${step} makes a text longer than ${MAX_TEXT_UNITS} chars`);
  }
}
