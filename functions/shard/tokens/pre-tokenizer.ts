/** The pre-tokenizers of a tokenizer.json: from normalized text to words, which the model never looks across. */

import type { PatternLibrary } from './pattern-library.ts';
import { field, patternOf, type Step, stepsOf } from './step.ts';
import { TokenizerRefusal } from './tokenizer-refusal.ts';

/** @param first whether the text begins where the whole text begins. */
export type PreTokenize = (text: string, first: boolean) => string[];

/** What Rust counts as white space; JavaScript's \s adds U+FEFF and lacks U+0085. */
const BLANK = '\\p{White_Space}';
/** What Rust's \w matches. */
const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';
const MARK = '\\p{P}\\u0021-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u007e';
const BYTE_LEVEL = new RegExp(
  `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${BLANK}\\p{L}\\p{N}]+|${BLANK}+(?!\\P{White_Space})|${BLANK}+`,
  'gu',
);

/** Throws a TokenizerRefusal that names the type or option where it is none of these. */
export function createPreTokenizer(step: Step | null, library: PatternLibrary): PreTokenize {
  if (step === null) return (text) => [text];
  switch (step.type) {
    case 'Sequence': {
      const all = stepsOf(step, 'pretokenizers').map((one) => createPreTokenizer(one, library));
      return (text, first) =>
        all.reduce(
          (words, cut) => words.flatMap((word, i) => (word === '' ? [] : cut(word, first && i === 0))),
          [text],
        );
    }
    case 'BertPreTokenizer':
      return matches(`[^${BLANK}${MARK}]+|[${MARK}]`);
    case 'WhitespaceSplit':
      return matches(`[^${BLANK}]+`);
    case 'Whitespace':
      return matches(`[${WORD}]+|[^${WORD}${BLANK}]+`);
    case 'Punctuation':
      requireOption(step, 'behavior', ['Isolated', undefined]);
      return matches(`[^${MARK}]+|[${MARK}]`);
    case 'Digits':
      return matches(field(step, 'individual_digits') === true ? '\\P{N}+|\\p{N}' : '\\P{N}+|\\p{N}+');
    case 'ByteLevel':
      return byteLevel(step);
    case 'Metaspace':
      return metaspace(step);
    case 'Split':
      return split(step, library);
    default:
      throw new TokenizerRefusal(`pre_tokenizer: the type ${step.type} is not supported`);
  }
}

function requireOption(step: Step, name: string, allowed: readonly unknown[]): void {
  if (allowed.includes(field(step, name))) return;
  throw new TokenizerRefusal(`pre_tokenizer: ${step.type} with this ${name} is not supported`);
}

function matches(pattern: string): PreTokenize {
  const regex = new RegExp(pattern, 'gu');
  return (text) => text.match(regex) ?? [];
}

/** The library knows how to write an Oniguruma pattern in JavaScript. */
function split(step: Step, library: PatternLibrary): PreTokenize {
  requireOption(step, 'behavior', ['Isolated', 'Removed']);
  // Isolated keeps every piece, whichever are called the matches; the library would drop what is between them.
  const invert = field(step, 'invert') === true && field(step, 'behavior') === 'Removed';
  const made = new library.SplitPreTokenizer({ ...step, pattern: patternOf(step), invert });
  return (text) => made.pre_tokenize_text(text);
}

function byteLevel(step: Step): PreTokenize {
  const addSpace = field(step, 'add_prefix_space') === true;
  const cut = field(step, 'use_regex') !== false;
  return (text) => {
    const spaced = addSpace && !text.startsWith(' ') ? ` ${text}` : text;
    const words = cut ? (spaced.match(BYTE_LEVEL) ?? []) : [spaced];
    return words.map(byteChars);
  };
}

/** A visible char for each byte: itself where it is one, otherwise U+0100 and onwards. */
const BYTE_CHARS = (() => {
  const visible = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(visible(byte) ? byte : next++));
})();

function byteChars(word: string): string {
  if (/^[!-~]*$/.test(word)) return word;
  let chars = '';
  for (const byte of Buffer.from(word)) chars += BYTE_CHARS[byte] ?? '';
  return chars;
}

function metaspace(step: Step): PreTokenize {
  const mark = String(field(step, 'replacement') ?? '▁');
  const scheme =
    field(step, 'prepend_scheme') ?? (field(step, 'add_prefix_space') === false ? 'never' : 'always');
  const cut = field(step, 'split') !== false;
  return (text, first) => {
    const marked = text.replaceAll(' ', mark);
    const prepend = !marked.startsWith(mark) && (scheme === 'always' || (scheme === 'first' && first));
    const whole = prepend ? mark + marked : marked;
    return cut ? cutBefore(whole, mark) : [whole];
  };
}

/** Cuts before each mark. */
function cutBefore(text: string, mark: string): string[] {
  const words: string[] = [];
  let start = 0;
  while (start < text.length) {
    const next = text.indexOf(mark, start + 1);
    const end = next === -1 ? text.length : next;
    words.push(text.slice(start, end));
    start = end;
  }
  return words;
}
