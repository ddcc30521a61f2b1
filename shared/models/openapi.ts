/** The OpenAPI 3.1 document of a model service, from its card. */

import type { ModelCard } from './model-card.ts';
import { inferencePaths } from './openapi-inference.ts';
import { MAX_BATCH_ROWS } from './tabular-predictor.ts';

type Schema = Readonly<Record<string, unknown>>;

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  /** By path and method. */
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/**
 * @param inputSchema JSON Schema of the request body. Paths are those of the edge.
 * @param morePaths of the service's other models, below the service.
 */
export function createOpenApi(
  box: string,
  card: ModelCard,
  inputSchema: Schema,
  morePaths: Readonly<Record<string, unknown>> = {},
): OpenApiDocument {
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
          parameters: [
            {
              name: 'explain',
              in: 'query',
              schema: { type: 'boolean', default: false },
              description: 'Adds what each input contributed to the log-odds (exact TreeSHAP)',
            },
            {
              name: 'version',
              in: 'query',
              schema: { type: 'string' },
              description: 'Version of the model; left out, the card decides',
            },
          ],
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: oneOf('Input', 'Batch'), example: card.example },
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
              content: { 'application/json': { schema: oneOf('Prediction', 'BatchPrediction') } },
            },
            400: problem('The body is not JSON, or the query is not valid'),
            404: problem('There is no such version of the model'),
            413: problem('The body is too large'),
            415: problem('The content type is not application/json'),
            422: problem('The input is not valid; `errors` names each field, its unit and its range'),
            503: problem('The service behind the edge does not answer; try again after Retry-After seconds'),
          },
        },
      },
      ...inferencePaths(box, card),
      ...Object.fromEntries(Object.entries(morePaths).map(([path, item]) => [`/${box}${path}`, item])),
      ...servicePaths(box),
    },
    components: { schemas: { Input: input, ...tabularSchemas(card), Problem: PROBLEM_SCHEMA } },
  };
}

function servicePaths(box: string) {
  const get = (summary: string, type = 'application/json') => ({
    get: { summary, responses: { 200: { description: summary, content: { [type]: {} } } } },
  });
  return {
    [`/${box}/`]: get('The model’s name, version and links'),
    [`/${box}/openapi.json`]: get('This document'),
    [`/${box}/docs`]: get('This document as a page', 'text/html'),
    [`/${box}/health/live`]: get('200 while the service runs'),
    [`/${box}/health/ready`]: get('200 once the model is loaded and is the one its card describes'),
  };
}

function oneOf(...names: readonly string[]) {
  return { oneOf: names.map((name) => ({ $ref: `#/components/schemas/${name}` })) };
}

function tabularSchemas(card: ModelCard): Readonly<Record<string, Schema>> {
  const { model, notice, ...row } = predictionProperties(card);
  const optional = { explanation: explanationSchema(card) };
  return {
    Batch: object({
      rows: {
        type: 'array',
        items: { $ref: '#/components/schemas/Input' },
        minItems: 1,
        maxItems: MAX_BATCH_ROWS,
      },
    }),
    Prediction: object({ model, ...row, notice }, optional),
    BatchPrediction: object({ model, rows: { type: 'array', items: object(row, optional) }, notice }),
  };
}

function explanationSchema(card: ModelCard): Schema {
  const number = { type: 'number' };
  return object({
    unit: { const: 'log-odds' },
    bias: { ...number, description: 'The margin of the average training record' },
    contributions: {
      ...object(Object.fromEntries(card.inputs.map((input) => [input.name, number]))),
      description: 'With the bias they add up to the margin; above 0 speaks for the disease',
    },
  });
}

function problem(description: string) {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

function predictionProperties({ output, inputs }: ModelCard) {
  const share = { type: 'number', minimum: 0, maximum: 1 };
  return {
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
  };
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

function object(
  properties: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return { type: 'object', required: Object.keys(properties), properties: { ...properties, ...optional } };
}
