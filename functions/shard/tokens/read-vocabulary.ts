/** What the models of a tokenizer.json have in common: options, and a vocabulary that is read token by token. */

import * as z from 'zod';
import type { JsonReader } from './json-reader.ts';
import type { TokenModel, Vocabulary } from './token-model.ts';
import { MAX_TOKEN_UNITS, MAX_VOCABULARY, MAX_WORD_CHARS } from './tokenizer-limits.ts';
import { TokenizerRefusal } from './tokenizer-refusal.ts';

export interface ReadModel {
  readonly model: TokenModel;
  /** Of the vocabulary. */
  readonly largestId: number;
}

export const optionsSchema = z.looseObject({
  unk_token: z.string().nullish(),
  unk_id: z.int().min(0).nullish(),
  continuing_subword_prefix: z.string().max(MAX_TOKEN_UNITS).nullish(),
  end_of_word_suffix: z.string().max(MAX_TOKEN_UNITS).nullish(),
  max_input_chars_per_word: z.int().min(1).max(MAX_WORD_CHARS).default(100),
  fuse_unk: z.boolean().nullish(),
  byte_fallback: z.boolean().nullish(),
  ignore_merges: z.boolean().nullish(),
  dropout: z.number().nullish(),
});

export type ModelOptions = z.infer<typeof optionsSchema>;

export function readVocabulary(reader: JsonReader): Map<string, number> {
  const vocabulary = new Map<string, number>();
  for (const token of reader.keys()) {
    const id = reader.number();
    if (!Number.isInteger(id) || id < 0 || id >= 2 * MAX_VOCABULARY) {
      throw new TokenizerRefusal(`model: an id must be a whole number below ${2 * MAX_VOCABULARY}`);
    }
    vocabulary.set(token, id);
    requireRoom(vocabulary.size, MAX_VOCABULARY, 'vocab');
  }
  if (vocabulary.size === 0) throw new TokenizerRefusal('model: the vocab is empty');
  return vocabulary;
}

/** Of a model that looks up all parts of a word which are no longer than the longest token. */
export function requireShortTokens(tokens: Iterable<string>): void {
  for (const token of tokens) {
    if (token.length > MAX_TOKEN_UNITS) {
      throw new TokenizerRefusal(
        `model: a token of the vocab may have ${MAX_TOKEN_UNITS} chars, and one has more`,
      );
    }
  }
}

export function requireRoom(count: number, limit: number, name: string): void {
  if (count > limit) throw new TokenizerRefusal(`model: ${name} has more than ${limit} entries`);
}

export function largestOf(ids: Iterable<number>): number {
  let largest = 0;
  for (const id of ids) largest = Math.max(largest, id);
  return largest;
}

export function unknownIdOf(vocabulary: Vocabulary, { unk_token }: ModelOptions): number | undefined {
  if (unk_token == null) return undefined;
  const id = vocabulary.get(unk_token);
  if (id === undefined) throw new TokenizerRefusal('model: unk_token is not in the vocab');
  return id;
}
