/** A tabular model that has been checked against its card: the bytes are the card's, and so are the inputs. */

import { TerminalError } from '../errors/terminal-error.ts';
import type { Forest } from './forest.ts';
import type { ModelCard } from './model-card.ts';
import { createExplainer, type Explanation } from './tree-shap.ts';
import { predictBatchMargins, predictMargins, toPredictions } from './tree-walker.ts';
import { readXgboostModel } from './xgboost-model.ts';

export interface Prediction {
  /** Of the positive class. */
  readonly probability: number;
  /** Log-odds: what the trees add up to. */
  readonly margin: number;
}

export interface TabularModel {
  /** @param row one float32 for each input of the card; NaN = missing. */
  predict(row: Float32Array): Prediction;
  /** The same of many rows, in half the time where the model is large. */
  predictAll(rows: readonly Float32Array[]): Prediction[];
  /** What each input of the row added to the margin. Throws a TerminalError where the model holds no statistics. */
  explain(row: Float32Array): Explanation;
}

/**
 * Throws a TerminalError: 'model-mismatch' when the text is not what the card describes, 'model-invalid' when it
 * cannot be evaluated.
 */
export async function openTabularModel(card: ModelCard, text: string): Promise<TabularModel> {
  await checkBytes(card, new TextEncoder().encode(text));
  const forest = readXgboostModel(text);
  const names = card.inputs.map((input) => input.name);
  if (forest.objective !== 'binary:logistic') throw mismatch(card, `its objective is ${forest.objective}`);
  if (names.join() !== forest.featureNames.join())
    throw mismatch(card, 'its features are not the inputs of the card');
  if (forest.roots.length !== card.trees)
    throw mismatch(card, `it has ${forest.roots.length} trees, not ${card.trees}`);
  const explainer = createExplainer(forest);
  return {
    predict: (row) => toPrediction(forest, predictMargins(forest, row)),
    predictAll: (rows) => predictBatchMargins(forest, rows).map((margins) => toPrediction(forest, margins)),
    explain(row) {
      if (explainer === undefined) throw mismatch(card, 'it was saved without the statistics of its nodes');
      return explainer.explain(row);
    },
  };
}

function toPrediction(forest: Forest, margins: Float32Array): Prediction {
  const [margin = Number.NaN] = margins;
  const [probability = Number.NaN] = toPredictions(forest, margins);
  return { margin, probability };
}

async function checkBytes(card: ModelCard, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  if (bytes.byteLength !== card.bytes) {
    throw mismatch(card, `it has ${bytes.byteLength} bytes, the card says ${card.bytes}`);
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (sha256 !== card.sha256) throw mismatch(card, `its SHA-256 begins ${sha256.slice(0, 12)}`);
}

function mismatch(card: ModelCard, what: string): TerminalError {
  return new TerminalError(
    'model-mismatch',
    `${card.file} is not the model that its card describes: ${what}`,
  );
}
