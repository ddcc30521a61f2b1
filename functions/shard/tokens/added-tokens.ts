/** The added tokens of a tokenizer.json: found in the text as they are written, before the model sees the rest. */

import * as z from 'zod';
import type { Normalize } from './normalizer.ts';
import { MAX_TOKEN_UNITS } from './tokenizer-limits.ts';
import { TokenizerRefusal } from './tokenizer-refusal.ts';

export const addedTokenSchema = z.looseObject({
  id: z.int().min(0),
  content: z.string().min(1).max(MAX_TOKEN_UNITS),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().default(true),
});

export type AddedToken = z.infer<typeof addedTokenSchema>;

/** A text between added tokens, or the id of one. */
export type Section = { readonly text: string; readonly first: boolean } | { readonly id: number };

/**
 * Cuts a text at the added tokens; what is between them comes out normalized.
 * @param stripsStart whether that drops the blanks it begins with: then it does not begin where the whole text does.
 */
export function createSplitter(
  tokens: readonly AddedToken[],
  normalize: Normalize,
  stripsStart: boolean,
): (text: string) => Section[] {
  const isFirst = ({ text, first }: { text: string; first: boolean }) =>
    first && !(stripsStart && STARTS_BLANK.test(text));
  const verbatim = createFinder(
    tokens.filter(({ normalized }) => !normalized).map((token) => ({ token, content: token.content })),
  );
  const normalized = createFinder(
    tokens.filter((token) => token.normalized).map((token) => ({ token, content: normalize(token.content) })),
  );
  return (text) =>
    verbatim(text, true).flatMap((section) =>
      'id' in section ? [section] : normalized(normalize(section.text), isFirst(section)),
    );
}

interface Written {
  readonly token: AddedToken;
  readonly content: string;
}

type Finder = (text: string, first: boolean) => Section[];

function createFinder(written: readonly Written[]): Finder {
  const byContent = new Map<string, AddedToken>();
  for (const { token, content } of written) {
    if (content.length > MAX_TOKEN_UNITS) {
      throw new TokenizerRefusal(`added_tokens: normalized, content may have ${MAX_TOKEN_UNITS} chars`);
    }
    if (content !== '') byContent.set(content, token);
  }
  if (byContent.size === 0) return (text, first) => (text === '' ? [] : [{ text, first }]);
  // Of two that begin at the same place, the longer one.
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const source = longestFirst.map((content) => RegExp.escape(content)).join('|');
  return (text, first) => {
    const sections: Section[] = [];
    let done = 0;
    const addText = (end: number) => {
      if (end > done) sections.push({ text: text.slice(done, end), first: first && done === 0 });
    };
    for (const match of text.matchAll(new RegExp(source, 'gu'))) {
      const token = byContent.get(match[0]);
      if (token === undefined || match.index < done) continue;
      const end = match.index + match[0].length;
      if (token.single_word && touchesWord(text, match.index, end)) continue;
      addText(token.lstrip ? startOfBlanks(text, match.index, done) : match.index);
      sections.push({ id: token.id });
      done = token.rstrip ? endOfBlanks(text, end) : end;
    }
    addText(text.length);
    return sections;
  };
}

const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u;
const BLANK = /\p{White_Space}/u;
const STARTS_BLANK = /^\p{White_Space}/u;

function touchesWord(text: string, start: number, end: number): boolean {
  const before = [...text.slice(Math.max(0, start - 2), start)].at(-1) ?? '';
  const after = [...text.slice(end, end + 2)][0] ?? '';
  return WORD.test(before) || WORD.test(after);
}

function startOfBlanks(text: string, index: number, from: number): number {
  let start = index;
  while (start > from && BLANK.test(text.charAt(start - 1))) start--;
  return start;
}

function endOfBlanks(text: string, index: number): number {
  let end = index;
  while (end < text.length && BLANK.test(text.charAt(end))) end++;
  return end;
}
