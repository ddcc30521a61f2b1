/** What a service answers to a row: probability, class, risk level with its cut-offs, and what was missing. */

import type { ModelCard } from './model-card.ts';
import type { Prediction } from './tabular-model.ts';

/** Digits that a float32 holds, and one to spare. */
const SIGNIFICANT_DIGITS = 8;

export function tabularAnswer(card: ModelCard, prediction: Prediction, missing: readonly string[]) {
  const { classes, positiveClass, threshold } = card.output;
  const positive = prediction.probability >= threshold;
  return {
    model: { name: card.name, version: card.version, sha256: card.sha256.slice(0, 12), demo: card.demo },
    probability: rounded(prediction.probability),
    prediction: positive ? positiveClass : classes[0],
    threshold,
    risk: riskOf(card.output.risk, prediction.probability),
    margin: rounded(prediction.margin),
    missing,
    notice: `An estimate by a statistical model, not a diagnosis. Intended use: ${card.intendedUse}`,
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
