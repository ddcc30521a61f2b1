/** The OpenAPI 3.1 document of a tabular service, from its card. */

import type { ModelCard } from './model-card.ts';

type Schema = Readonly<Record<string, unknown>>;

/** @param inputSchema JSON Schema of the request body. Paths are those of the edge. */
export function createOpenApi(box: string, card: ModelCard, inputSchema: Schema) {
  const { $schema: _, ...input } = inputSchema;
  return {
    openapi: '3.1.0',
    info: {
      title: card.title,
      version: card.version,
      description: [card.description, card.intendedUse, ...card.limits.map((limit) => `- ${limit}`)].join(
        '\n\n',
      ),
    },
    paths: {
      [`/${box}/tabular`]: {
        post: {
          operationId: 'predictTabular',
          summary: card.description,
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/Input' }, example: card.example },
            },
          },
          responses: {
            200: {
              description: 'The prediction',
              headers: {
                'pillbox-served-by': {
                  schema: { enum: ['edge', 'function'] },
                  description: 'Where it was computed',
                },
              },
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Prediction' } } },
            },
            400: problem('The body is not JSON'),
            413: problem('The body is too large'),
            415: problem('The content type is not application/json'),
            422: problem('The input is not valid; `errors` names each field, its unit and its range'),
            503: problem('The service behind the edge does not answer; try again after Retry-After seconds'),
          },
        },
      },
    },
    components: { schemas: { Input: input, Prediction: predictionSchema(card), Problem: PROBLEM_SCHEMA } },
  };
}

function problem(description: string) {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

function predictionSchema({ output, inputs }: ModelCard): Schema {
  const share = { type: 'number', minimum: 0, maximum: 1 };
  return object({
    model: object({
      name: { type: 'string' },
      version: { type: 'string' },
      sha256: { type: 'string', description: 'The first 12 digits of the model file’s SHA-256' },
      demo: { type: 'boolean', description: 'True where the weights are not trained' },
    }),
    probability: { ...share, description: `Probability of: ${output.positiveClass}` },
    prediction: { enum: output.classes, description: `${output.positiveClass} from the threshold on` },
    threshold: { const: output.threshold },
    risk: object({
      level: { enum: output.risk.map((level) => level.level) },
      from: { ...share, description: 'Lowest probability of the level' },
      below: { ...share, description: 'Where the next level begins; 1 for the highest' },
      observedRate: {
        ...share,
        description: 'Share of positives among unseen training records at this level',
      },
    }),
    margin: { type: 'number', description: 'Log-odds' },
    missing: {
      type: 'array',
      items: { enum: inputs.filter((input) => !input.required).map((input) => input.name) },
      description: 'Inputs that the model did without',
    },
    notice: { type: 'string' },
  });
}

/** RFC 9457. */
const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    requestId: { type: 'string' },
    errors: { type: 'array', items: object({ path: { type: 'string' }, message: { type: 'string' } }) },
  },
};

function object(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', required: Object.keys(properties), properties };
}
