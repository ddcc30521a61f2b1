/** The paths of a service's image model in its OpenAPI document, from the model's card. */

import type { ImageCard } from './image-card.ts';
import type { ModelCard } from './model-card.ts';
import { overlayImage, pictureAnswer, predictAnswer, type Schema } from './openapi-image-answers.ts';

export interface ImagePathsOptions {
  /** Of the picture alone, below the service: /retina, /ecg. */
  readonly path: string;
  readonly card: ImageCard;
  readonly tabularCard: ModelCard;
  /** JPEG in base64, for the example requests. */
  readonly examplePicture: string;
}

const PICTURE_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/tiff'];
const BASE64_PICTURE = {
  type: 'string',
  contentEncoding: 'base64',
  description: 'A JPEG, PNG, WebP or TIFF, in base64',
};
const FILE_PART = { type: 'string', contentMediaType: 'image/*', description: 'The picture’s file' };
const INPUT = { $ref: '#/components/schemas/Input' };

/** By path below the service. */
export function imagePaths(options: ImagePathsOptions): Readonly<Record<string, unknown>> {
  return { [options.path]: { post: picture(options) }, '/predict': { post: both(options) } };
}

function picture({ card, examplePicture }: ImagePathsOptions) {
  const answer = {
    'application/json': { schema: pictureAnswer(card) },
    'image/png': { schema: overlayImage },
  };
  return {
    operationId: 'predictPicture',
    summary: card.description,
    description: `${card.demo ? 'The weights of this model are not trained. ' : ''}With explain=true and Accept: image/png the answer is the picture itself, with the map drawn over it.`,
    parameters: [
      query(
        'explain',
        { type: 'boolean', default: false },
        'Adds an occlusion map: what moved the probability',
      ),
      query('version', { type: 'string' }, 'Version of the model; left out, the card decides'),
      CALLER,
    ],
    requestBody: requestBody(
      { image: BASE64_PICTURE },
      { image: FILE_PART },
      { required: ['image'], example: { image: examplePicture } },
    ),
    responses: responses(answer),
  };
}

function both({ card, tabularCard, examplePicture }: ImagePathsOptions) {
  const tabularForm = { ...INPUT, description: 'All fields as JSON; each may also be a part of its own' };
  return {
    operationId: 'predict',
    summary: 'Tabular fields, a picture, or both; with both also the fused probability',
    parameters: [
      query('explain', { type: 'boolean', default: false }, 'Explains each of the predictions'),
      query('version', { type: 'string' }, 'Version of the image model'),
      query('tabular_version', { type: 'string' }, 'Version of the tabular model'),
      CALLER,
    ],
    requestBody: requestBody(
      { tabular: INPUT, image: BASE64_PICTURE },
      { tabular: tabularForm, image: FILE_PART },
      { required: [], example: { tabular: tabularCard.example, image: examplePicture } },
    ),
    responses: responses({ 'application/json': { schema: predictAnswer(card) } }),
  };
}

function requestBody(
  json: Readonly<Record<string, Schema>>,
  form: Readonly<Record<string, Schema>>,
  { required, example }: { readonly required: readonly string[]; readonly example: unknown },
) {
  const object = { type: 'object', required, minProperties: 1 };
  return {
    required: true,
    content: {
      'application/json': {
        schema: { ...object, properties: json, additionalProperties: false },
        example,
      },
      'multipart/form-data': {
        schema: { ...object, properties: form },
        encoding: { image: { contentType: PICTURE_TYPES.join(', ') } },
      },
      ...Object.fromEntries(PICTURE_TYPES.map((type) => [type, {}])),
    },
  };
}

function responses(content: Readonly<Record<string, unknown>>) {
  return {
    200: { description: 'The prediction', headers: HEADERS, content },
    400: problem('The body or its form cannot be read, or the query is not valid'),
    404: problem('There is no such version of the model'),
    408: problem('The body comes too slowly'),
    413: problem('The body is too large, or the picture has too many pixels'),
    415: problem('The content type is not taken, or the file is no JPEG, PNG, WebP or TIFF'),
    422: problem('The picture or a field is not valid; `errors` names each field at fault'),
    503: problem('The service is busy or does not answer; try again after Retry-After seconds'),
  };
}

function query(name: string, schema: Schema, description: string) {
  return { name, in: 'query', schema, description };
}

function header(schema: Schema, description: string) {
  return { schema, description };
}

function problem(description: string) {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

const CALLER = {
  name: 'pillbox-caller',
  in: 'header',
  schema: { type: 'string' },
  description: 'The same caller is answered by the same version while a new one takes a share of the traffic',
};

const HEADERS = {
  'server-timing': header({ type: 'string' }, 'Milliseconds that each step took'),
  'pillbox-peak-mib': header({ type: 'integer' }, 'The most memory that the process has held so far, in MiB'),
  'pillbox-served-by': header({ enum: ['function'] }, 'Pictures are looked at in the function alone'),
  'pillbox-model': header({ type: 'string' }, 'With image/png alone: name, version, sha256 and demo'),
};
