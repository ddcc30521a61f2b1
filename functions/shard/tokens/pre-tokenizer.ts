/** The pre-tokenizers of a tokenizer.json: from normalized text to words, which the model never looks across. */

import { byteChars } from './byte-chars.ts';
import { compilePattern, type PatternLibrary } from './pattern-library.ts';
import { type SplitBehavior, splitBehaviorSchema, splitText } from './split-behavior.ts';
import { charOf, field, patternOf, type Step, stepsOf } from './step.ts';
import { requireShortText } from './tokenizer-limits.ts';
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

/** Throws a TokenizerRefusal that names the type or option where it is none of these; what it returns, of a text too long. */
export function createPreTokenizer(step: Step | null, library: PatternLibrary): PreTokenize {
  if (step === null) return (text) => [text];
  switch (step.type) {
    case 'Sequence':
      return sequence(step, library);
    case 'BertPreTokenizer':
      return matches(`[^${BLANK}${MARK}]+|[${MARK}]`);
    case 'WhitespaceSplit':
      return matches(`[^${BLANK}]+`);
    case 'Whitespace':
      return matches(`[${WORD}]+|[^${WORD}${BLANK}]+`);
    case 'Punctuation':
      return punctuation(step);
    case 'Digits':
      return matches(field(step, 'individual_digits') === true ? '\\P{N}+|\\p{N}' : '\\P{N}+|\\p{N}+');
    case 'ByteLevel':
      return byteLevel(step);
    case 'Metaspace':
      return metaspace(step);
    case 'CharDelimiterSplit':
      return charDelimiter(step);
    case 'FixedLength':
      return fixedLength(step);
    case 'Split':
      return split(step, library);
    default:
      throw new TokenizerRefusal(`pre_tokenizer: the type ${step.type} is not supported`);
  }
}

function sequence(step: Step, library: PatternLibrary): PreTokenize {
  const all = stepsOf(step, 'pretokenizers').map((one) => ({
    type: one.type,
    cut: createPreTokenizer(one, library),
  }));
  return (text, first) => {
    // Of a text that begins with blanks, none of the words does.
    const isFirst = (word: string, i: number) => first && i === 0 && text.startsWith(word);
    let words = [text];
    for (const { type, cut } of all) {
      words = words.flatMap((word, i) => (word === '' ? [] : cut(word, isFirst(word, i))));
      let units = 0;
      for (const word of words) units += word.length;
      requireShortText(units, `pre_tokenizer: ${type}`);
    }
    return words;
  };
}

function matches(pattern: string): PreTokenize {
  const regex = new RegExp(pattern, 'gu');
  return (text) => text.match(regex) ?? [];
}

/** The library knows how to write an Oniguruma pattern in JavaScript. */
function split(step: Step, library: PatternLibrary): PreTokenize {
  const pattern = compilePattern(library, patternOf(step));
  const rule = { pattern, behavior: behaviorOf(step), invert: field(step, 'invert') === true };
  return (text) => splitText(text, rule);
}

function punctuation(step: Step): PreTokenize {
  const rule = { pattern: new RegExp(`[${MARK}]`, 'gu'), behavior: behaviorOf(step) };
  return (text) => splitText(text, rule);
}

function behaviorOf(step: Step): SplitBehavior {
  const parsed = splitBehaviorSchema.safeParse(field(step, 'behavior') ?? 'Isolated');
  if (!parsed.success) {
    throw new TokenizerRefusal(`pre_tokenizer: ${step.type} with this behavior is not supported`);
  }
  return parsed.data;
}

function charDelimiter(step: Step): PreTokenize {
  const delimiter = charOf(step, 'delimiter');
  return (text) => text.split(delimiter);
}

function fixedLength(step: Step): PreTokenize {
  const length = Number(field(step, 'length') ?? 5);
  if (!Number.isInteger(length) || length < 1 || length > 10_000) {
    throw new TokenizerRefusal('pre_tokenizer: length must be a whole number from 1 to 10000');
  }
  const pattern = new RegExp(`[^]{1,${length}}`, 'gu');
  return (text) => text.match(pattern) ?? [];
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

function metaspace(step: Step): PreTokenize {
  const mark = charOf(step, 'replacement', '▁');
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
