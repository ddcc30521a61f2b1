/** The index of a knowledge base: which passages share words with a text, by BM25. */

import type MiniSearch from 'minisearch';
import type { Passage } from './passage-lines.ts';

/** More words make the search slower, and hardly better. */
const MAX_QUERY_TERMS = 40;

const STOP_WORDS = new Set(
  'a an and are as at be been but by for from had has have he her him his if in into is it its no not of on or she so than that the their them then there these they this to was were which who will with without year old patient report chest view views examination indication technique comparison final chief complaint'.split(
    ' ',
  ),
);

/** Words of one letter and those of every text tell nothing. */
const termsOf = (text: string) =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter(
    (term) => term.length > 1 && !STOP_WORDS.has(term),
  );

export type PassageIndex = MiniSearch<{ id: number; title: string; text: string }>;

export async function createPassageIndex(): Promise<PassageIndex> {
  const { default: Search } = await import('minisearch');
  return new Search({ fields: ['title', 'text'], tokenize: termsOf, processTerm: (term) => term });
}

export interface Find {
  readonly query: string;
  readonly count: number;
  readonly allows: (text: string) => boolean;
}

/** The ids in the index are positions in `passages`. */
export function findPassages(
  index: PassageIndex,
  passages: readonly Passage[],
  { query, count, allows }: Find,
): Passage[] {
  const terms = [...new Set(termsOf(query))].slice(0, MAX_QUERY_TERMS);
  if (terms.length === 0 || count === 0) return [];
  const results = index.search(terms.join(' '), { prefix: false, fuzzy: false, combineWith: 'OR' });
  const found: Passage[] = [];
  for (const { id } of results.sort((a, b) => b.score - a.score || a.id - b.id)) {
    const passage = passages[id];
    if (passage === undefined || !allows(`${passage.title}. ${passage.text}`)) continue;
    found.push(passage);
    if (found.length === count) break;
  }
  return found;
}
