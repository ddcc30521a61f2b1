/** The patterns of `matchGlob`: `*` and `?` stop at a slash, `**` does not, `[a-z]` and `{one,two}` as in a shell. */

import { invalid } from './api-error.ts';

/** Braces multiply; this many alternatives cost a list no more than a handful of comparisons an object. */
const MAX_ALTERNATIVES = 64;
const MAX_LENGTH = 1024;

type Token =
  | { readonly kind: 'any-run' | 'run' | 'one' }
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'set';
      readonly ranges: readonly (readonly [string, string])[];
      readonly isNegated: boolean;
    };

/** Throws an ApiError (400) for a pattern that is not closed or too large. Matching takes time linear in the name. */
export function compileGlob(pattern: string): (name: string) => boolean {
  if (pattern.length > MAX_LENGTH) throw invalidGlob();
  const alternatives = expandBraces(pattern).map(tokensOf);
  return (name) => alternatives.some((tokens) => matches(tokens, [...name]));
}

/** Follows every place in the pattern that the name so far may stand at, so no pattern makes it go back. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let places = withSkippedRuns(tokens, new Set([0]));
  for (const character of name) {
    const next = new Set<number>();
    for (const place of places) {
      const token = tokens[place];
      if (token === undefined || !accepts(token, character)) continue;
      next.add(token.kind === 'any-run' || token.kind === 'run' ? place : place + 1);
    }
    if (next.size === 0) return false;
    places = withSkippedRuns(tokens, next);
  }
  return places.has(tokens.length);
}

function withSkippedRuns(tokens: readonly Token[], places: Set<number>): Set<number> {
  // A set takes what is added while it is walked.
  for (const place of places) {
    const kind = tokens[place]?.kind;
    if (kind === 'any-run' || kind === 'run') places.add(place + 1);
  }
  return places;
}

function accepts(token: Token, character: string): boolean {
  switch (token.kind) {
    case 'any-run':
      return true;
    case 'run':
    case 'one':
      return character !== '/';
    case 'literal':
      return character === token.text;
    case 'set':
      return (
        character !== '/' &&
        token.ranges.some(([from, to]) => from <= character && character <= to) !== token.isNegated
      );
  }
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  const piece = /\*\*|\*|\?|\[([!^]?)(\]?[^\]]*)\]|\\(.)|(.)/gsu;
  for (const [text, negation, set, escaped, plain] of pattern.matchAll(piece)) {
    if (text === '**') tokens.push({ kind: 'any-run' });
    else if (text === '*') tokens.push({ kind: 'run' });
    else if (text === '?') tokens.push({ kind: 'one' });
    else if (set !== undefined)
      tokens.push({ kind: 'set', ranges: rangesOf(set), isNegated: negation !== '' });
    else if (plain === '[') throw invalidGlob();
    else tokens.push({ kind: 'literal', text: escaped ?? plain ?? '' });
  }
  return tokens;
}

function rangesOf(set: string): [string, string][] {
  const found = set.matchAll(/(.)-(.)|(.)/gsu);
  return Array.from(found, ([, from, to, one = '']) => [from ?? one, to ?? one]);
}

/** One pattern without braces for each way to choose. */
function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (done.length + open.length >= MAX_ALTERNATIVES) throw invalidGlob();
    // The innermost braces first: what is between them holds no others.
    const [whole, choices] = /\{([^{}]*)\}/.exec(next) ?? [];
    if (whole === undefined || choices === undefined) done.push(next);
    else for (const choice of choices.split(',')) open.push(next.replace(whole, () => choice));
  }
  if (done.some((alternative) => /[{}]/.test(alternative))) throw invalidGlob();
  return done;
}

const invalidGlob = () => invalid('Invalid value for matchGlob.');
