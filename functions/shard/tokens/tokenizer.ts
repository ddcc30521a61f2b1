/** Cuts notes into the tokens that a Hugging Face tokenizer would: from its tokenizer.json, with no Python. */

import { createSplitter } from './added-tokens.ts';
import { createNormalizer, stripsStart } from './normalizer.ts';
import { loadPatternLibrary, type PatternLibrary } from './pattern-library.ts';
import { createPreTokenizer, type PreTokenize } from './pre-tokenizer.ts';
import { readModel } from './read-model.ts';
import type { ReadModel } from './read-vocabulary.ts';
import { type Frame, frameOf } from './special-tokens.ts';
import type { TokenModel } from './token-model.ts';
import { openTokenizerFile, type TokenizerFile } from './tokenizer-file.ts';
import { TokenizerRefusal } from './tokenizer-refusal.ts';

/** The words of clinical text are mostly the same few thousand. */
const MAX_CACHED_WORDS = 8192;
const MAX_CACHED_WORD_UNITS = 48;

type Ids = Uint8Array | Uint16Array | Uint32Array;

export interface Tokenizer {
  /** The smallest type that has room for every id, those of the added tokens included. */
  readonly dtype: '|u1' | '<u2' | '<u4';
  /**
   * The ids of the text, with the special tokens that the post-processor adds around one text. What is more than maxTokens
   * is cut off the end of the text, never off the special tokens after it; with no room even for those, they are cut.
   * No padding. The file's own settings for truncation and padding do not matter.
   * Throws a TerminalError ('tokenizer-invalid') where the file's steps make a text too long or its patterns need too much.
   */
  encode(text: string, maxTokens: number): Ids;
}

/**
 * @param json a tokenizer.json of at most MAX_TOKENIZER_BYTES.
 * @param source names the file in errors.
 * Throws a TerminalError ('tokenizer-invalid') that names the limit, the field, or the type of step that is not supported:
 * no tokens at all rather than others than Hugging Face's.
 */
export async function readTokenizer(json: Uint8Array, source: string): Promise<Tokenizer> {
  const library = await loadPatternLibrary();
  try {
    const tokenizer = createTokenizer(openTokenizerFile(json), library);
    return {
      dtype: tokenizer.dtype,
      encode(text, maxTokens) {
        try {
          return tokenizer.encode(text, maxTokens);
        } catch (error) {
          throw explained(error, source);
        }
      },
    };
  } catch (error) {
    throw explained(error, source);
  }
}

/** As what no retry mends, where the file is the cause. */
function explained(error: unknown, source: string): unknown {
  if (error instanceof TokenizerRefusal) return error.about(source);
  // From the vocabulary or the merges, a pattern that cannot be written in JavaScript, or one that runs out of stack.
  const isOfFile = error instanceof SyntaxError || error instanceof RangeError;
  return isOfFile ? new TokenizerRefusal(error.message, { cause: error }).about(source) : error;
}

function createTokenizer(file: TokenizerFile, library: PatternLibrary): Tokenizer {
  const { steps } = file;
  const normalize = createNormalizer(steps.normalizer, library);
  const preTokenize = createPreTokenizer(steps.pre_tokenizer, library);
  const frame = frameOf(steps.post_processor);
  const split = createSplitter(steps.added_tokens, normalize, stripsStart(steps.normalizer));
  const { model, largestId } = readModel(file);
  const encodeWord = cached(model);
  const { dtype, Ids } = idType(largestOf({ model, largestId }, file, frame));
  return {
    dtype,
    encode(text, maxTokens) {
      const room = Math.max(0, maxTokens - frame.before.length - frame.after.length);
      const ids: number[] = [];
      for (const section of split(text.toWellFormed())) {
        if (ids.length >= room) break;
        if ('id' in section) ids.push(section.id);
        else encodeText(section, room, { preTokenize, encodeWord, ids });
      }
      const framed = [...frame.before, ...ids.slice(0, room), ...frame.after];
      return Ids.from(framed.slice(0, maxTokens));
    },
  };
}

function encodeText(
  { text, first }: { text: string; first: boolean },
  room: number,
  into: { preTokenize: PreTokenize; encodeWord: (word: string) => readonly number[]; ids: number[] },
): void {
  for (const word of into.preTokenize(text, first)) {
    if (into.ids.length >= room) return;
    if (word === '') continue;
    for (const id of into.encodeWord(word)) into.ids.push(id);
  }
}

function largestOf({ largestId }: ReadModel, { steps }: TokenizerFile, frame: Frame): number {
  let largest = largestId;
  for (const { id } of steps.added_tokens) largest = Math.max(largest, id);
  for (const id of frame.before.concat(frame.after)) largest = Math.max(largest, id);
  return largest;
}

function idType(largest: number) {
  if (largest < 2 ** 8) return { dtype: '|u1', Ids: Uint8Array } as const;
  if (largest < 2 ** 16) return { dtype: '<u2', Ids: Uint16Array } as const;
  if (largest < 2 ** 32) return { dtype: '<u4', Ids: Uint32Array } as const;
  throw new TokenizerRefusal(`an id must be below ${2 ** 32}`);
}

function cached(model: TokenModel): (word: string) => readonly number[] {
  const words = new Map<string, readonly number[]>();
  return (word) => {
    const known = words.get(word);
    if (known !== undefined) return known;
    const ids: number[] = [];
    model.encodeWord(word, ids);
    if (word.length <= MAX_CACHED_WORD_UNITS) {
      if (words.size >= MAX_CACHED_WORDS) words.clear();
      words.set(word, ids);
    }
    return ids;
  };
}
