/** JSON Schemas of what a service answers to a picture, from the image model's card. */

import type { ImageCard } from './image-card.ts';

export type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const share = { type: 'number', minimum: 0, maximum: 1 };
const pixels = { type: 'integer', minimum: 1 };

export const overlayImage: Schema = { type: 'string', contentMediaType: 'image/png' };

export function pictureAnswer(card: ImageCard): Schema {
  return object(
    {
      model: object({ name: text, version: text, sha256: text, demo: { type: 'boolean' } }),
      disease: { const: card.disease },
      probability: { ...share, description: `Probability of: ${card.disease}` },
      prediction: { enum: card.classes.map(({ name }) => name), description: 'The most probable class' },
      classes: {
        type: 'array',
        items: object({ name: text, diseased: { type: 'boolean' }, probability: share }),
      },
      risk: riskSchema(card.risk),
      image: object({ width: pixels, height: pixels }),
      notice: text,
    },
    { demoNotice: DEMO_NOTICE, explanation: EXPLANATION },
  );
}

export function predictAnswer(card: ImageCard): Schema {
  const fused = object(
    {
      probability: { ...share, description: 'Of the disease, from both models' },
      rule: text,
      weights: object({
        tabular: { const: card.fusion.tabularWeight },
        image: { const: card.fusion.imageWeight },
      }),
      risk: riskSchema(card.fusion.risk),
    },
    { demoNotice: DEMO_NOTICE },
  );
  return object(
    {},
    { tabular: { $ref: '#/components/schemas/Prediction' }, image: pictureAnswer(card), fused },
  );
}

const DEMO_NOTICE = { ...text, description: 'Only where the weights are not trained' };

const EXPLANATION = object({
  kind: { const: 'occlusion' },
  cells: {
    type: 'array',
    items: { type: 'array', items: { type: 'number' } },
    description: 'By row: how much the probability of disease falls when this part is covered',
  },
  overlay: object({ type: { const: 'image/png' }, base64: { ...text, contentEncoding: 'base64' } }),
});

function riskSchema(levels: ImageCard['risk']): Schema {
  const cutOffs = levels.map(({ level, from }) => `${level} from ${from}`).join(', ');
  return {
    ...object({ level: { enum: levels.map(({ level }) => level) }, from: share, below: share }),
    description: cutOffs,
  };
}

function object(
  properties: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return { type: 'object', required: Object.keys(properties), properties: { ...properties, ...optional } };
}
