import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { createApp as createDiabetes } from '../../functions/diabetes/app.ts';
import { createApp as createHeart } from '../../functions/heart/app.ts';
import { fusedAnswer, imageAnswer } from '../images/image-answer.ts';
import { readPredictBody } from '../images/predict-body.ts';
import { parseImageCard } from './image-card.ts';

const contentSchema = z.record(
  z.string(),
  z.looseObject({
    schema: z.record(z.string(), z.unknown()).optional(),
    example: z.record(z.string(), z.unknown()).optional(),
  }),
);
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.unknown()),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});
const postSchema = z.object({
  post: z.object({
    parameters: z.array(z.looseObject({ name: z.string() })),
    requestBody: z.object({ content: contentSchema }),
    responses: z.record(z.string(), z.looseObject({ content: contentSchema })),
  }),
});

const SERVICES = [
  { box: 'diabetes', route: 'retina', create: createDiabetes },
  { box: 'heart', route: 'ecg', create: createHeart },
] as const;

async function openApiOf({ box, route, create }: (typeof SERVICES)[number], servedBy: 'edge' | 'function') {
  const app = create({
    servedBy,
    loadModelText: () => Promise.reject(new Error('not needed')),
    log: () => {},
  });
  const document = documentSchema.parse(await (await app.request('/openapi.json')).json());
  const operation = (path: string) => postSchema.parse(document.paths[`/${box}/${path}`]).post;
  return { document, picture: operation(route), predict: operation('predict') };
}

test.each(SERVICES)('$box: edge and function serve the same document', async (service) => {
  const here = await openApiOf(service, 'edge');
  expect(here.document).toEqual((await openApiOf(service, 'function')).document);
  expect(Object.keys(here.picture.responses)).toEqual([
    '200',
    '400',
    '404',
    '408',
    '413',
    '415',
    '422',
    '503',
  ]);
  expect(here.predict.parameters.map(({ name }) => name)).toContain('tabular_version');
});

test.each(SERVICES)(
  '$box: the examples are bodies that are taken, with a picture under 2 KiB',
  async (service) => {
    const { picture, predict } = await openApiOf(service, 'edge');
    for (const [operation, hasTabular] of [
      [picture, false],
      [predict, true],
    ] as const) {
      const body = JSON.stringify(operation.requestBody.content['application/json']?.example);
      const headers = { 'content-type': 'application/json' };
      const read = await readPredictBody(new Request('http://x/', { method: 'POST', headers, body }));
      expect(read.tabular !== undefined).toBe(hasTabular);
      expect(read.image?.byteLength).toBeLessThan(2048);
      const { info } = await sharp(read.image).raw().toBuffer({ resolveWithObject: true });
      expect(info.width).toBeGreaterThan(32);
    }
  },
);

test.each(SERVICES)('$box: the schema names exactly what an answer holds', async (service) => {
  const { box, route } = service;
  const file = new URL(`../../functions/${box}/models/${route}.card.json`, import.meta.url);
  const card = parseImageCard(JSON.parse(readFileSync(file, 'utf8')));
  const { picture, predict } = await openApiOf(service, 'edge');
  const probabilities = card.classes.map(() => 1 / card.classes.length);
  const answer = imageAnswer(card, probabilities, { width: 64, height: 64 });
  const schema = picture.responses['200']?.content['application/json']?.schema ?? {};
  expect(faults(schema, answer)).toEqual([]);
  const both = predict.responses['200']?.content['application/json']?.schema ?? {};
  expect(faults(both, { image: answer, fused: fusedAnswer(card, 0.4, 0.7) })).toEqual([]);
  const { risk: _, ...less } = answer;
  expect(faults(schema, { ...less, more: 1 })).toEqual(['/more is not described', '/risk is missing']);
});

/** Keys that an object schema does not describe, and required ones that are not there. */
function faults(schema: unknown, value: unknown, path = ''): string[] {
  const { properties, required, items } = z
    .looseObject({
      properties: z.record(z.string(), z.unknown()).optional(),
      required: z.array(z.string()).optional(),
      items: z.unknown().optional(),
    })
    .parse(schema);
  if (Array.isArray(value)) return value.flatMap((one) => faults(items ?? {}, one, `${path}/*`));
  if (typeof value !== 'object' || value === null || properties === undefined) return [];
  const entries = Object.entries(value);
  return [
    ...entries.flatMap(([key, inner]) =>
      Object.hasOwn(properties, key)
        ? faults(properties[key], inner, `${path}/${key}`)
        : [`${path}/${key} is not described`],
    ),
    ...(required ?? []).filter((key) => !Object.hasOwn(value, key)).map((key) => `${path}/${key} is missing`),
  ];
}
