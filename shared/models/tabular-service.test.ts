import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { TerminalError } from '../errors/terminal-error.ts';
import { parseModelCard } from './model-card.ts';
import { createTabularApp } from './tabular-service.ts';

const MODELS = join(import.meta.dirname, '../../functions/diabetes/models');
const card = parseModelCard(JSON.parse(readFileSync(join(MODELS, 'diabetes.card.json'), 'utf8')));
const modelText = readFileSync(join(MODELS, 'diabetes.xgboost.json'), 'utf8');

function start(loadModelText: () => Promise<string> = async () => modelText, usedCard = card) {
  const lines: string[] = [];
  const log = (severity: string, message: string, fields = {}) =>
    void lines.push(JSON.stringify({ severity, message, ...fields }));
  const app = createTabularApp({ box: 'diabetes', card: usedCard, servedBy: 'function', loadModelText, log });
  const post = async (body: BodyInit, type = 'application/json') =>
    app.request('/tabular', { method: 'POST', body, headers: { 'content-type': type } });
  return { app, post, lines };
}

const example = JSON.stringify(card.example);

test('answers with model, probability, class, risk and its cut-offs, and what was missing', async () => {
  const { post } = start();
  const response = await post(example);
  expect(response.headers.get('pillbox-served-by')).toBe('function');
  const body = await response.json();
  expect(body).toEqual({
    model: { name: 'diabetes-tabular', version: card.version, sha256: card.sha256.slice(0, 12), demo: false },
    probability: expect.closeTo(1 / (1 + Math.exp(-body.margin)), 6),
    prediction: 'diabetes',
    threshold: card.output.threshold,
    risk: { level: 'high', from: 0.5, below: 1, observedRate: card.output.risk[2]?.observedRate },
    margin: expect.any(Number),
    missing: ['triceps_skinfold', 'insulin'],
    notice: expect.stringContaining('not a diagnosis'),
  });
});

test('a low probability is the other class', async () => {
  const { post } = start();
  const response = await post(JSON.stringify({ pregnancies: 0, glucose: 80, bmi: 21, age: 22 }));
  expect(await response.json()).toMatchObject({
    prediction: 'no diabetes',
    risk: { level: 'low', from: 0, below: 0.2 },
  });
});

test.each<[string, string | Uint8Array<ArrayBuffer>, string, number, string]>([
  ['not JSON', '{"age":', 'application/json', 400, 'not-json'],
  ['empty', '', 'application/json', 400, 'not-json'],
  ['not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'application/json', 400, 'not-json'],
  ['too large', `"${'x'.repeat(128 * 1024)}"`, 'application/json', 413, 'body-too-large'],
  ['a form', 'age=3', 'application/x-www-form-urlencoded', 415, 'unsupported-media-type'],
  ['no input', '{}', 'application/json', 422, 'input-invalid'],
])('%s', async (_name, body, type, status, code) => {
  const { post } = start();
  const response = await post(body, type);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(await response.json()).toMatchObject({ status, code });
});

test('a body that is too large is refused before its end, and no model is loaded for a refused one', async () => {
  let loads = 0;
  const { app, post } = start(async () => {
    loads++;
    return modelText;
  });
  let sentBytes = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sentBytes += 1024;
      controller.enqueue(new Uint8Array(1024).fill(32));
    },
  });
  const response = await app.request('/tabular', {
    method: 'POST',
    body: endless,
    duplex: 'half',
  } as RequestInit);
  expect(response.status).toBe(413);
  expect(sentBytes).toBeLessThan(144 * 1024);
  await post('{}');
  expect(loads).toBe(0);
});

test('another method is told which one', async () => {
  const { app } = start();
  const response = await app.request('/tabular');
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
});

test('concurrent first requests wait for one load', async () => {
  let loads = 0;
  let finish = (_text: string) => {};
  const { post } = start(() => {
    loads++;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  const answers = Promise.all([post(example), post(example), post(example)]);
  await expect.poll(() => loads).toBe(1);
  finish(modelText);
  expect((await answers).map((answer) => answer.status)).toEqual([200, 200, 200]);
  await post(example);
  expect(loads).toBe(1);
});

test('a load that failed is tried again', async () => {
  let loads = 0;
  const { post } = start(async () => {
    loads++;
    if (loads === 1) throw new Error('disk');
    return modelText;
  });
  expect((await post(example)).status).toBe(500);
  expect((await post(example)).status).toBe(200);
});

test.each([
  ['another length', `${modelText} `, card, /bytes/],
  ['other bytes', modelText.replace('diabetes_pedigree', 'diabetes_pedigreE'), card, /SHA-256/],
])('a model that is not the card’s: %s', async (_name, text, usedCard, message) => {
  const { app, post, lines } = start(async () => text, usedCard);
  const response = await post(example);
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({
    code: 'model-mismatch',
    detail: expect.stringMatching(message),
  });
  expect(lines.join()).toMatch(message);
  expect((await app.request('/health/ready')).status).toBe(500);
});

test('a card whose inputs are in another order is refused', async () => {
  const swapped = { ...card, inputs: card.inputs.toReversed() };
  const { post } = start(async () => modelText, swapped);
  expect(await (await post(example)).json()).toMatchObject({ status: 500, code: 'model-mismatch' });
});

test('the OpenAPI document holds the example, which the service accepts', async () => {
  const { app, post } = start();
  const document = await (await app.request('/openapi.json')).json();
  expect(document.openapi).toBe('3.1.0');
  const { requestBody } = document.paths['/diabetes/tabular'].post;
  expect((await post(JSON.stringify(requestBody.content['application/json'].example))).status).toBe(200);
  expect(document.components.schemas.Input.required).toContain('glucose');
});

test('the page of the service leads to the rest', async () => {
  const { app } = start();
  expect(await (await app.request('/')).json()).toMatchObject({
    service: 'diabetes',
    model: { name: 'diabetes-tabular', demo: false },
    links: { predict: '/diabetes/tabular', openapi: '/diabetes/openapi.json' },
  });
});

test('whatever is sent, the answer is no 5xx and no value comes back or is logged', async () => {
  const { post, lines } = start();
  const secret = 'Q7wPatientZk';
  const cell = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(secret),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const names = [...card.inputs.map((input) => input.name), '__proto__', 'constructor', 'extra'];
  const bodies = fc.oneof(
    fc.dictionary(fc.constantFrom(...names), cell, { maxKeys: 12 }).map((body) => JSON.stringify(body)),
    fc
      .tuple(fc.constantFrom(...names), cell)
      .map(([name, value]) => JSON.stringify({ ...card.example, [name]: value })),
    fc.json(),
    fc.string({ unit: 'binary' }),
  );
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const response = await post(body);
      expect([200, 400, 422]).toContain(response.status);
      expect(await response.text()).not.toContain(secret);
    }),
    { numRuns: 1000 },
  );
  expect(lines.join()).not.toContain(secret);
  expect(lines.join()).not.toContain('ERROR');
});

test('a model file that is another than its card states is our fault, not the caller’s', async () => {
  const { app } = start(async () => {
    throw new TerminalError('model-mismatch', 'model file a has another SHA-256 than its card states');
  });
  const answer = await app.request('/tabular', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(card.example),
  });
  expect([answer.status, (await answer.json()).code]).toEqual([500, 'model-mismatch']);
});
