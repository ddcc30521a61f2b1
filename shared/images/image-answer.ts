/** What a service answers to a picture: its classes, the probability of disease, the risk level with its cut-offs. */

import { TerminalError } from '../errors/terminal-error.ts';
import type { ImageCard } from '../models/image-card.ts';

const SIGNIFICANT_DIGITS = 8;
const DEMO_SENTENCE =
  'The weights of this model are not trained: it shows how the service works, and its answers mean nothing.';

type RiskLevels = ImageCard['risk'];

/** Throws a TerminalError ('model-mismatch') when there is not one number for each class of the card. */
export function probabilitiesOf(card: ImageCard, output: Float32Array): number[] {
  if (output.length !== card.classes.length || !output.every(Number.isFinite)) {
    throw new TerminalError(
      'model-mismatch',
      `${card.file} does not give one finite number for each of the ${card.classes.length} classes of its card`,
    );
  }
  return card.output === 'probabilities' ? Array.from(output) : softmax(output);
}

/** The sum over the classes that the card counts as disease. */
export function diseaseProbability(card: ImageCard, probabilities: readonly number[]): number {
  const sum = card.classes.reduce(
    (total, { diseased }, at) => total + (diseased ? (probabilities[at] ?? 0) : 0),
    0,
  );
  return Math.min(1, Math.max(0, sum));
}

export function modelOf(card: ImageCard) {
  return { name: card.name, version: card.version, sha256: card.sha256.slice(0, 12), demo: card.demo };
}

export function imageAnswer(
  card: ImageCard,
  probabilities: readonly number[],
  size: { readonly width: number; readonly height: number },
) {
  // Rounded first, so that the level is that of the number which is shown.
  const probability = rounded(diseaseProbability(card, probabilities));
  const best = probabilities.indexOf(Math.max(...probabilities));
  return {
    model: modelOf(card),
    disease: card.disease,
    probability,
    prediction: card.classes[best]?.name ?? '',
    classes: card.classes.map(({ name, diseased }, at) => ({
      name,
      diseased,
      probability: rounded(probabilities[at] ?? 0),
    })),
    risk: riskOf(card.risk, probability),
    image: { width: size.width, height: size.height },
    ...(card.demo ? { demoNotice: DEMO_SENTENCE } : {}),
    notice: `An estimate by a statistical model, not a diagnosis. Intended use: ${card.intendedUse}`,
  };
}

/** The two probabilities of disease, weighted as the card says. */
export function fusedAnswer(card: ImageCard, tabular: number, image: number) {
  const { tabularWeight, imageWeight, risk } = card.fusion;
  const probability = rounded(tabularWeight * tabular + imageWeight * image);
  return {
    probability,
    rule: `${tabularWeight} × tabular probability + ${imageWeight} × image probability of disease`,
    weights: { tabular: tabularWeight, image: imageWeight },
    risk: riskOf(risk, probability),
    ...(card.demo ? { demoNotice: DEMO_SENTENCE } : {}),
  };
}

function riskOf(levels: RiskLevels, probability: number) {
  const at = levels.findLastIndex((level) => probability >= level.from);
  const reached = levels[at];
  if (reached === undefined) throw new RangeError('the model gave no probability');
  return { level: reached.level, from: reached.from, below: levels[at + 1]?.from ?? 1 };
}

function softmax(logits: Float32Array): number[] {
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function rounded(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}
