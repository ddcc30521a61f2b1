/**
 * The Precompiled normalizer, which tokenizers converted from SentencePiece have. As Hugging Face has it: what a reader
 * takes for one char is looked up as a whole while it is short, and then stands for all of it, even where only its
 * beginning is in the table; otherwise each code point is looked up.
 */

import { type Charsmap, readCharsmap } from './charsmap.ts';
import type { Normalize } from './normalizer.ts';
import { field, type Step } from './step.ts';
import { requireShortText } from './tokenizer-limits.ts';

/** Of UTF-8. */
const MAX_WHOLE_BYTES = 5;
/** Of ASCII each code unit is a char of its own, but for a return before a line feed and beside other chars. */
const PLAIN = /(?<![\P{ASCII}\r])[\p{ASCII}--\r]+(?!\P{ASCII})/gv;

/** Throws a TokenizerRefusal where its table is none. */
export function createPrecompiled(step: Step): Normalize {
  const charsmap = readCharsmap(field(step, 'precompiled_charsmap'));
  const find = finder(charsmap);
  const ascii = Array.from({ length: 128 }, (_, code) => find(String.fromCharCode(code)));
  const isChanged = ascii.map((text) => text !== undefined);
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const plain = (text: string) => {
    let result = '';
    let done = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (isChanged[code] !== true) continue;
      result += text.slice(done, i) + (ascii[code] ?? '');
      requireShortText(result.length, 'normalizer: Precompiled');
      done = i + 1;
    }
    return done === 0 ? text : result + text.slice(done);
  };
  const mixed = (segments: Intl.Segments, start: number, end: number) => {
    let result = '';
    for (let at = start; at < end; ) {
      const segment = segments.containing(at)?.segment ?? '';
      const whole = find(segment);
      if (whole !== undefined) result += whole;
      else for (const char of segment) result += find(char) ?? char;
      requireShortText(result.length, 'normalizer: Precompiled');
      at += segment.length;
    }
    return result;
  };
  return (text) => {
    // Once a text: each of these, and each loop over one, holds a copy of the text outside the heap.
    const segments = graphemes.segment(text);
    let result = '';
    let done = 0;
    for (const match of text.matchAll(PLAIN)) {
      result += mixed(segments, done, match.index) + plain(match[0]);
      requireShortText(result.length, 'normalizer: Precompiled');
      done = match.index + match[0].length;
    }
    return result + mixed(segments, done, text.length);
  };
}

function finder(charsmap: Charsmap): (text: string) => string | undefined {
  const encoder = new TextEncoder();
  const bytes = new Uint8Array(MAX_WHOLE_BYTES);
  return (text) => {
    if (text.length > MAX_WHOLE_BYTES) return undefined;
    const { read, written } = encoder.encodeInto(text, bytes);
    return read < text.length ? undefined : charsmap.find(bytes, written);
  };
}
