/** Predictions of one tabular model as answers, for every route that gives them; the model is opened on first use. */

import { TerminalError } from '../errors/terminal-error.ts';
import { HttpProblem } from '../http/problem.ts';
import type { ModelCard } from './model-card.ts';
import { cacheKey, createResponseCache } from './response-cache.ts';
import {
  batchAnswer,
  type RowAnswer,
  rowAnswer,
  type TabularAnswer,
  tabularAnswer,
} from './tabular-answer.ts';
import { createTabularInput, type TabularInput, type TabularRow } from './tabular-input.ts';
import { openTabularModel, type TabularModel } from './tabular-model.ts';

/** Answers of as many rows take tens of milliseconds and under 300 KiB. */
export const MAX_BATCH_ROWS = 256;

interface AnswerText {
  /** JSON. */
  readonly text: string;
  /** Absent where the card allows no cache. */
  readonly cache?: 'hit' | 'miss';
}

export interface TabularPredictor {
  readonly input: TabularInput;
  /** Rejects where the model cannot be opened. */
  ready(): Promise<void>;
  rows(rows: readonly TabularRow[], explain: boolean): Promise<RowAnswer[]>;
  answer(body: unknown, explain: boolean): Promise<TabularAnswer>;
  text(body: unknown, explain: boolean): Promise<AnswerText>;
  batch(bodies: readonly unknown[], explain: boolean): Promise<AnswerText>;
  /** Drops the answers that are kept; the bytes freed. */
  shed(): number;
}

/** @param mayCache answers may be kept where the card allows it. */
export function createTabularPredictor(
  card: ModelCard,
  loadModelText: () => Promise<string>,
  mayCache: boolean,
): TabularPredictor {
  const input = createTabularInput(card);
  const openModel = once(() =>
    loadModelText()
      .then((text) => openTabularModel(card, text))
      .catch(asServerFault),
  );
  const cache = mayCache && card.cache !== undefined ? createResponseCache(card.cache) : undefined;
  const rows = async (checked: readonly TabularRow[], explain: boolean): Promise<RowAnswer[]> => {
    const model = await openModel();
    return checked.map(({ values, missing }) =>
      rowAnswer(card, model.predict(values), missing, explain ? model.explain(values) : undefined),
    );
  };
  const answerOf = async (row: TabularRow, explain: boolean): Promise<TabularAnswer> => {
    const [answer] = await rows([row], explain);
    if (answer === undefined) throw new RangeError('no answer to a row');
    return tabularAnswer(card, answer);
  };
  return {
    input,
    rows,
    ready: async () => void (await openModel()),
    answer: async (body, explain) => answerOf(input.toRow(body), explain),
    async text(body, explain) {
      const row = input.toRow(body);
      if (cache === undefined) return { text: JSON.stringify(await answerOf(row, explain)) };
      const key = await cacheKey([card.sha256, card.version, String(explain)], row.values);
      const kept = cache.get(key);
      if (kept !== undefined) return { text: kept, cache: 'hit' };
      const text = JSON.stringify(await answerOf(row, explain));
      cache.set(key, text);
      return { text, cache: 'miss' };
    },
    async batch(bodies, explain) {
      return { text: JSON.stringify(batchAnswer(card, await rows(input.toRows(bodies), explain))) };
    },
    shed: () => cache?.shrinkTo(0) ?? 0,
  };
}

/** Callers that come while it loads wait for the same load; a failed one is forgotten, so the next caller tries again. */
function once(open: () => Promise<TabularModel>): () => Promise<TabularModel> {
  let opening: Promise<TabularModel> | undefined;
  return () => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
}

/** A model that cannot be used is no fault of the request's, which is what a TerminalError would be answered as. */
function asServerFault(error: unknown): never {
  if (!(error instanceof TerminalError)) throw error;
  throw new HttpProblem(500, error.code, 'Model cannot be used', { detail: error.message });
}
