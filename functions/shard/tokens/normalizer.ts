/** The normalizers of a tokenizer.json: from text to the text that is cut into tokens. */

import { byteChars } from './byte-chars.ts';
import { compilePattern, type PatternLibrary } from './pattern-library.ts';
import { matchesOf } from './pattern-matches.ts';
import { createPrecompiled } from './precompiled-normalizer.ts';
import { contentOf, field, patternOf, type Step, stepsOf } from './step.ts';
import { requireShortText } from './tokenizer-limits.ts';
import { TokenizerRefusal } from './tokenizer-refusal.ts';

export type Normalize = (text: string) => string;

const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b820}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
const NOT_TEXT = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\ufffd]/gu;
const NMT_KEPT = new Set('\0\t\n\f\r');
/** Of the controls beyond ASCII. */
const NMT_DROPPED = new Set('\u008f\u009f');
const NMT_BLANKS = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g;

/**
 * Throws a TokenizerRefusal that names the type where it is none of these. What it returns throws one where a text becomes
 * too long: steps that each do little multiply.
 */
export function createNormalizer(step: Step | null, library: PatternLibrary): Normalize {
  if (step === null) return (text) => text;
  switch (step.type) {
    case 'Sequence':
      return sequence(step, library);
    case 'BertNormalizer':
      return bertNormalizer(step);
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = step.type;
      return (text) => text.normalize(form);
    }
    case 'Lowercase':
      return lowercase;
    case 'StripAccents':
      return (text) => text.replace(/\p{M}/gu, '');
    case 'Strip':
      return strip(field(step, 'strip_left') === true, field(step, 'strip_right') === true);
    case 'Prepend': {
      const start = contentOf(step, 'prepend');
      return (text) => (text === '' ? '' : start + text);
    }
    case 'Replace':
      return replace(step, library);
    case 'Precompiled':
      return createPrecompiled(step);
    case 'Nmt':
      return nmt;
    case 'ByteLevel':
      return byteChars;
    default:
      throw new TokenizerRefusal(`normalizer: the type ${step.type} is not supported`);
  }
}

function sequence(step: Step, library: PatternLibrary): Normalize {
  const all = stepsOf(step, 'normalizers').map((one) => ({
    type: one.type,
    normalize: createNormalizer(one, library),
  }));
  return (text) => {
    let result = text;
    for (const { type, normalize } of all) {
      result = normalize(result);
      requireShortText(result.length, `normalizer: ${type}`);
    }
    return result;
  };
}

/** Whether the blanks that a text begins with are dropped. */
export function stripsStart(step: Step | null): boolean {
  if (step?.type === 'Sequence') return stepsOf(step, 'normalizers').some(stripsStart);
  return step?.type === 'Strip' && field(step, 'strip_left') === true;
}

/** Char by char, as Rust does it: a sigma at the end of a word is a sigma. */
const lowercase = (text: string) => text.replaceAll('Σ', 'σ').toLowerCase();

function strip(left: boolean, right: boolean): Normalize {
  return (text) => {
    const from = left ? text.replace(/^\p{White_Space}+/u, '') : text;
    if (!right) return from;
    let end = from.length;
    while (end > 0 && /\p{White_Space}/u.test(from.charAt(end - 1))) end--;
    return from.slice(0, end);
  };
}

/** What SentencePiece did before it had tables: most control characters go, and all blanks are spaces. */
function nmt(text: string): string {
  const isDropped = (char: string) => (char < '\u0080' ? !NMT_KEPT.has(char) : NMT_DROPPED.has(char));
  return text.replace(/\p{Cc}/gu, (char) => (isDropped(char) ? '' : char)).replace(NMT_BLANKS, ' ');
}

function bertNormalizer(step: Step): Normalize {
  const lower = field(step, 'lowercase') !== false;
  const stripAccents = field(step, 'strip_accents') ?? lower;
  const clean = field(step, 'clean_text') !== false;
  const spaceChinese = field(step, 'handle_chinese_chars') !== false;
  return (text) => {
    let result = text;
    if (clean) result = result.replace(NOT_TEXT, '').replace(/\p{White_Space}/gu, ' ');
    if (spaceChinese) result = result.replace(CHINESE, ' $& ');
    if (stripAccents === true) result = result.normalize('NFD').replace(/\p{Mn}/gu, '');
    return lower ? lowercase(result) : result;
  };
}

function replace(step: Step, library: PatternLibrary): Normalize {
  const pattern = compilePattern(library, patternOf(step));
  const content = contentOf(step, 'content');
  return (text) => {
    let result = '';
    let done = 0;
    for (const { start, end } of matchesOf(text, pattern)) {
      result += text.slice(done, start) + content;
      requireShortText(result.length, 'normalizer: Replace');
      done = end;
    }
    return done === 0 && result === '' ? text : result + text.slice(done);
  };
}
