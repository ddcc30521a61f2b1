/** Makes the model of a byte-pair encoding: once its merges are numbers, it keeps no more strings than it needs. */

import { type BpeOptions, createBpe } from './bpe-model.ts';
import type { JsonReader } from './json-reader.ts';
import { PairTable } from './pair-table.ts';
import {
  largestOf,
  type ModelOptions,
  type ReadModel,
  readVocabulary,
  requireRoom,
  unknownIdOf,
} from './read-vocabulary.ts';
import type { Vocabulary } from './token-model.ts';
import { MAX_MERGES } from './tokenizer-limits.ts';
import { TokenizerRefusal } from './tokenizer-refusal.ts';

export function readBpe(
  reader: JsonReader,
  merges: JsonReader | undefined,
  options: ModelOptions,
): ReadModel {
  if ((options.dropout ?? 0) > 0) {
    throw new TokenizerRefusal('model: BPE with dropout gives other tokens each time');
  }
  if ((options.continuing_subword_prefix ?? '') !== '') {
    throw new TokenizerRefusal('model: BPE with a continuing_subword_prefix is not supported');
  }
  if (merges === undefined) throw new TokenizerRefusal('model: it has no merges');
  const vocabulary = readVocabulary(reader);
  const largestId = largestOf(vocabulary.values());
  const bpe: BpeOptions = {
    unknownId: unknownIdOf(vocabulary, options),
    fuseUnknown: options.fuse_unk ?? false,
    byteFallback: options.byte_fallback ?? false,
    wordSuffix: options.end_of_word_suffix ?? '',
    wholeWords: options.ignore_merges ?? false,
  };
  const table = readMerges(merges, vocabulary);
  // Once the merges are numbers, only whole words need more than the tokens they start from.
  if (!bpe.wholeWords) keepStartingTokens(vocabulary, bpe.wordSuffix);
  return { model: createBpe(vocabulary, table, bpe), largestId };
}

function readMerges(reader: JsonReader, vocabulary: Vocabulary): PairTable {
  const table = new PairTable();
  let rank = 0;
  for (const _ of reader.items()) {
    const [left, right] = reader.atArray() ? readPair(reader) : splitPair(reader.string());
    const first = vocabulary.get(left);
    const second = vocabulary.get(right);
    const merged = vocabulary.get(left + right);
    if (first === undefined || second === undefined || merged === undefined) {
      throw new TokenizerRefusal(`model: merge ${rank + 1} names a token that is not in the vocab`);
    }
    table.set(first, second, rank, merged);
    rank++;
    requireRoom(rank, MAX_MERGES, 'merges');
  }
  return table;
}

function readPair(reader: JsonReader): [string, string] {
  const fields = reader.items();
  fields.next();
  const left = reader.string();
  fields.next();
  const right = reader.string();
  if (fields.next().done !== true) throw new TokenizerRefusal('model: a merge must have two tokens');
  return [left, right];
}

function splitPair(text: string): [string, string] {
  const at = text.indexOf(' ');
  return [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
}

function keepStartingTokens(vocabulary: Map<string, number>, suffix: string): void {
  for (const token of vocabulary.keys()) {
    const bare = suffix !== '' && token.endsWith(suffix) ? token.slice(0, -suffix.length) : token;
    const isChar = [...bare.slice(0, 3)].length <= 1 || [...token.slice(0, 3)].length === 1;
    if (!isChar && !/^<0x[0-9A-F]{2}>$/.test(token)) vocabulary.delete(token);
  }
}
