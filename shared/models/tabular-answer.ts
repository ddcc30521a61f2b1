/** What a service answers to a row: probability, class, risk level with its cut-offs, what was missing, and why. */

import type { ModelCard } from './model-card.ts';
import type { Prediction } from './tabular-model.ts';
import type { Explanation } from './tree-shap.ts';

/** Digits that a float32 holds, and one to spare. */
const SIGNIFICANT_DIGITS = 8;

export type TabularAnswer = ReturnType<typeof tabularAnswer>;
export type RowAnswer = ReturnType<typeof rowAnswer>;

/** The row's own part of an answer, without what is the same for every row. */
export function rowAnswer(
  card: ModelCard,
  prediction: Prediction,
  missing: readonly string[],
  explanation?: Explanation,
) {
  const { classes, positiveClass, threshold } = card.output;
  const positive = prediction.probability >= threshold;
  return {
    probability: rounded(prediction.probability),
    prediction: positive ? positiveClass : classes[0],
    threshold,
    risk: riskOf(card.output.risk, prediction.probability),
    margin: rounded(prediction.margin),
    missing,
    ...(explanation === undefined ? {} : { explanation: explanationOf(card, explanation) }),
  };
}

export function tabularAnswer(card: ModelCard, row: RowAnswer) {
  return { model: modelOf(card), ...row, notice: noticeOf(card) };
}

export function batchAnswer(card: ModelCard, rows: readonly RowAnswer[]) {
  return { model: modelOf(card), rows, notice: noticeOf(card) };
}

export function noticeOf(card: ModelCard): string {
  return `An estimate by a statistical model, not a diagnosis. Intended use: ${card.intendedUse}`;
}

function modelOf(card: ModelCard) {
  return { name: card.name, version: card.version, sha256: card.sha256.slice(0, 12), demo: card.demo };
}

/** In log-odds: bias and contributions add up to the margin. A missing input has a contribution too. */
function explanationOf(card: ModelCard, { bias, contributions }: Explanation) {
  return {
    unit: 'log-odds',
    bias: rounded(bias),
    contributions: Object.fromEntries(
      card.inputs.map((input, at) => [input.name, rounded(contributions[at] ?? 0)]),
    ),
  };
}

/** The level, its cut-offs (`below` is 1 for the highest), and how often it was right about unseen records. */
function riskOf(levels: ModelCard['output']['risk'], probability: number) {
  const at = levels.findLastIndex((level) => probability >= level.from);
  const reached = levels[at];
  if (reached === undefined) throw new RangeError('the model gave no probability');
  const { level, from, observedRate } = reached;
  return { level, from, below: levels[at + 1]?.from ?? 1, observedRate };
}

function rounded(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}
