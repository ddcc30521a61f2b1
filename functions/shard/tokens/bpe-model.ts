/** Byte-pair encoding: starting from single chars, the pair of lowest rank is merged until none is left. */

import type { PairTable } from './pair-table.ts';
import { byteTokens, type TokenModel, type Vocabulary } from './token-model.ts';

/** Packs rank and position into one number that sorts by rank, then from left to right. */
const POSITIONS = 2 ** 24;

export interface BpeOptions {
  readonly unknownId: number | undefined;
  readonly fuseUnknown: boolean;
  readonly byteFallback: boolean;
  /** Ends the last char of a word, before anything is looked up. */
  readonly wordSuffix: string;
  /** A word that is a token is that token, whatever the merges say. */
  readonly wholeWords: boolean;
}

export function createBpe(vocabulary: Vocabulary, merges: PairTable, options: BpeOptions): TokenModel {
  return {
    encodeWord(word, ids) {
      const whole = options.wholeWords ? vocabulary.get(word) : undefined;
      if (whole !== undefined) ids.push(whole);
      else merge(charIds(word, vocabulary, options), merges, ids);
    },
  };
}

function charIds(word: string, vocabulary: Vocabulary, options: BpeOptions): number[] {
  const ids: number[] = [];
  const { unknownId, fuseUnknown, byteFallback, wordSuffix } = options;
  let afterUnknown = false;
  let at = 0;
  for (const char of word) {
    at += char.length;
    const token = at === word.length ? char + wordSuffix : char;
    const id = vocabulary.get(token);
    const bytes = id === undefined && byteFallback ? byteTokens(vocabulary, token) : undefined;
    const known = id !== undefined || bytes !== undefined;
    if (id !== undefined) ids.push(id);
    else if (bytes !== undefined) ids.push(...bytes);
    else if (unknownId !== undefined && !(fuseUnknown && afterUnknown)) ids.push(unknownId);
    afterUnknown = !known;
  }
  return ids;
}

/** A linked list of what is not merged yet, and a heap of the merges that may be next. */
function merge(symbols: number[], merges: PairTable, ids: number[]): void {
  const next = symbols.map((_, at) => at + 1);
  const before = symbols.map((_, at) => at - 1);
  const heap: number[] = [];
  const pairAt = (at: number) => merges.find(symbols[at] ?? 0, symbols[next[at] ?? 0] ?? 0);
  const offer = (at: number) => {
    if (at < 0 || (next[at] ?? 0) >= symbols.length) return;
    const pair = pairAt(at);
    if (pair !== -1) pushHeap(heap, merges.rankAt(pair) * POSITIONS + at);
  };
  for (let at = 0; at < symbols.length - 1; at++) offer(at);
  while (heap.length > 0) {
    const top = popHeap(heap);
    const at = top % POSITIONS;
    const right = next[at] ?? 0;
    // What was here when it was offered may have been merged since.
    if ((symbols[at] ?? -1) < 0 || right >= symbols.length) continue;
    const pair = pairAt(at);
    if (pair === -1 || merges.rankAt(pair) !== Math.floor(top / POSITIONS)) continue;
    symbols[at] = merges.mergedAt(pair);
    symbols[right] = -1;
    const after = next[right] ?? 0;
    next[at] = after;
    if (after < symbols.length) before[after] = at;
    offer(before[at] ?? -1);
    offer(at);
  }
  for (const id of symbols) if (id >= 0) ids.push(id);
}

function pushHeap(heap: number[], value: number): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] ?? 0;
    if (above <= value) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = value;
}

function popHeap(heap: number[]): number {
  const top = heap[0] ?? 0;
  const value = heap.pop() ?? 0;
  if (heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child++;
    const below = heap[child] ?? 0;
    if (below >= value) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = value;
  return top;
}
