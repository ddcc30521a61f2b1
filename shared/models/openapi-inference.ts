/** The paths of the Open Inference Protocol in a service's OpenAPI document. */

import { inputTensors } from './inference-request.ts';
import type { ModelCard } from './model-card.ts';

const JSON_OBJECT = { 'application/json': { schema: { type: 'object' } } };

export function inferencePaths(box: string, card: ModelCard): Readonly<Record<string, unknown>> {
  const root = `/${box}/v2`;
  const model = `${root}/models/${card.name}`;
  const bad = { description: 'Not of the protocol, or not a valid input', content: JSON_OBJECT };
  return {
    [root]: get('Metadata of the server'),
    [`${root}/health/live`]: get('200 while the server runs'),
    [`${root}/health/ready`]: get('200 once the model is loaded'),
    [model]: get('Metadata of the model: its tensors'),
    [`${model}/ready`]: get('200 once the model is loaded'),
    [`${model}/versions/${card.version}`]: get('Metadata of this version'),
    [`${model}/infer`]: {
      post: {
        operationId: 'infer',
        summary: 'Predictions by the Open Inference Protocol, one tensor an input or one of all',
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: { type: 'object', required: ['inputs'] }, example: example(card) },
          },
        },
        responses: { 200: { description: 'The tensors of the answer', content: JSON_OBJECT }, 400: bad },
      },
    },
  };
}

function get(summary: string) {
  return { get: { summary, responses: { 200: { description: summary, content: JSON_OBJECT } } } };
}

function example(card: ModelCard) {
  return {
    inputs: inputTensors(card).map((tensor) => ({
      ...tensor,
      shape: [1],
      data: [card.example[tensor.name] ?? null],
    })),
  };
}
