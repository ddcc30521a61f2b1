/** Makes the model of a tokenizer.json: its vocabulary and merges are read one by one, and kept as small as it needs them. */

import type { JsonReader } from './json-reader.ts';
import { readBpe } from './read-bpe.ts';
import {
  largestOf,
  type ModelOptions,
  optionsSchema,
  type ReadModel,
  readVocabulary,
  requireRoom,
  requireShortTokens,
  unknownIdOf,
} from './read-vocabulary.ts';
import type { Vocabulary } from './token-model.ts';
import type { TokenizerFile, TokenizerSteps } from './tokenizer-file.ts';
import { MAX_VOCABULARY } from './tokenizer-limits.ts';
import { TokenizerRefusal } from './tokenizer-refusal.ts';
import { createUnigram } from './unigram-model.ts';
import { createWordLevel, createWordPiece } from './word-models.ts';

/** Throws a TokenizerRefusal, or a SyntaxError where vocabulary or merges are not as they should be. */
export function readModel({ steps, vocabulary, merges }: TokenizerFile): ReadModel {
  if (vocabulary === undefined) throw new TokenizerRefusal('model: it has no vocab');
  const parsed = optionsSchema.safeParse(steps.model);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new TokenizerRefusal(`model: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is invalid'}`);
  }
  const options = parsed.data;
  const type = modelType(steps.model, vocabulary, merges);
  switch (type) {
    case 'BPE':
      return readBpe(vocabulary, merges, options);
    case 'WordPiece':
    case 'WordLevel':
      return readWords(type, readVocabulary(vocabulary), options);
    case 'Unigram':
      return readUnigram(vocabulary, options);
    default:
      throw new TokenizerRefusal(`model: the type ${type} is not supported`);
  }
}

/** Files of before 0.9 do not say. */
function modelType(
  { type, ...options }: TokenizerSteps['model'],
  vocabulary: JsonReader,
  merges: JsonReader | undefined,
): string {
  if (type !== undefined) return type;
  if (vocabulary.atArray()) return 'Unigram';
  if (merges !== undefined) return 'BPE';
  return 'max_input_chars_per_word' in options ? 'WordPiece' : 'WordLevel';
}

function readWords(
  type: 'WordPiece' | 'WordLevel',
  vocabulary: Vocabulary,
  options: ModelOptions,
): ReadModel {
  const unknownId = unknownIdOf(vocabulary, options);
  if (unknownId === undefined) throw new TokenizerRefusal(`model: ${type} needs an unk_token`);
  const largestId = largestOf(vocabulary.values());
  if (type === 'WordLevel') return { model: createWordLevel(vocabulary, unknownId), largestId };
  requireShortTokens(vocabulary.keys());
  const prefix = options.continuing_subword_prefix ?? '##';
  const maxWordChars = options.max_input_chars_per_word;
  return { model: createWordPiece(vocabulary, { unknownId, prefix, maxWordChars }), largestId };
}

function readUnigram(reader: JsonReader, options: ModelOptions): ReadModel {
  const vocabulary = new Map<string, number>();
  const scores: number[] = [];
  for (const _ of reader.items()) {
    const fields = reader.items();
    fields.next();
    vocabulary.set(reader.string(), scores.length);
    fields.next();
    scores.push(reader.number());
    if (fields.next().done !== true) throw new TokenizerRefusal('model: a piece has more than two fields');
    requireRoom(scores.length, MAX_VOCABULARY, 'vocab');
  }
  const unknownId = options.unk_id ?? undefined;
  if (scores.length === 0 || (unknownId !== undefined && unknownId >= scores.length)) {
    throw new TokenizerRefusal('model: unk_id is not in the vocab');
  }
  requireShortTokens(vocabulary.keys());
  const byteFallback = options.byte_fallback ?? false;
  const model = createUnigram(vocabulary, { scores: Float64Array.from(scores), unknownId, byteFallback });
  return { model, largestId: scores.length - 1 };
}
