import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseModelCard } from './model-card.ts';
import { createTabularApp } from './tabular-service.ts';

const MODELS = join(import.meta.dirname, '../../functions/diabetes/models');
const card = parseModelCard(JSON.parse(readFileSync(join(MODELS, 'diabetes.card.json'), 'utf8')));
const loadModelText = async () => readFileSync(join(MODELS, 'diabetes.xgboost.json'), 'utf8');
const start = (usedCard = card, servedBy: 'edge' | 'function' = 'function') =>
  createTabularApp({ box: 'diabetes', card: usedCard, servedBy, loadModelText, log: () => {} });

const app = start();

async function post(path: string, body: unknown, at = app) {
  const response = await at.request(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

test('an explanation names every input, and adds up to the margin; without asking there is none', async () => {
  const { status, headers, body } = await post('/tabular?explain=true', card.example);
  expect(status).toBe(200);
  expect(headers.get('server-timing')).toMatch(/^model;dur=\d/);
  expect(Object.keys(body.explanation.contributions)).toEqual(card.inputs.map((input) => input.name));
  const values = Object.values<number>(body.explanation.contributions);
  const sum = values.reduce((total, one) => total + one, body.explanation.bias);
  expect(sum).toBeCloseTo(body.margin, 5);
  expect(body.explanation.contributions.bmi).toBeGreaterThan(0);
  expect((await post('/tabular?explain=false', card.example)).body).not.toHaveProperty('explanation');
});

test('explain must be true or false, and its value is not repeated', async () => {
  const { status, body } = await post('/tabular?explain=Q7wPatient', card.example);
  expect([status, body.code]).toEqual([400, 'query-invalid']);
  expect(JSON.stringify(body)).not.toContain('Q7wPatient');
});

test('a batch gives each row the answer it would get alone', async () => {
  const rows = Array.from({ length: 256 }, (_, at) => ({ ...card.example, glucose: 60 + at }));
  const { status, body } = await post('/tabular?explain=true', { rows });
  expect(status).toBe(200);
  expect(body.rows).toHaveLength(256);
  const { model, notice, ...alone } = (await post('/tabular?explain=true', rows[77])).body;
  expect(body).toMatchObject({ model, notice });
  expect(body.rows[77]).toEqual(alone);
});

test('problems of a batch name the row and the field', async () => {
  const rows = [card.example, { ...card.example, glucose: 5, bmi: null }, 7];
  const { status, body } = await post('/tabular', { rows });
  expect(status).toBe(422);
  expect(body.errors.map((error: { path: string }) => error.path)).toEqual([
    'rows[1].glucose',
    'rows[1].bmi',
    'rows[2]',
  ]);
  expect(body.errors[0].message).toBe('is out of range: a number from 30 to 600 mg/dL');
});

test('of thousands of problems the first hundred are given, and the number of all', async () => {
  const { body } = await post('/tabular', { rows: Array.from({ length: 256 }, () => ({})) });
  expect(body.errors).toHaveLength(100);
  expect(body.detail).toContain('100 of 1024');
});

test.each<[string, unknown, RegExp]>([
  ['no list', { rows: 3 }, /must be a list/],
  ['empty', { rows: [] }, /1 to 256/],
  ['too many', { rows: Array.from({ length: 257 }, () => 0) }, /it holds 257/],
  ['with something else', { rows: [card.example], explain: true }, /only key/],
])('a batch that is none: %s', async (_name, given, message) => {
  const { status, body } = await post('/tabular', given);
  expect([status, body.errors[0].path]).toEqual([422, 'rows']);
  expect(body.errors[0].message).toMatch(message);
});

test('the edge keeps answers only where the card allows it, and an explained one apart from a plain one', async () => {
  const cached = start({ ...card, cache: { entries: 10, bytes: 100_000, maxAgeSeconds: 60 } }, 'edge');
  const ask = async (path: string, body: unknown = card.example) =>
    (await post(path, body, cached)).headers.get('pillbox-cache');
  expect(await ask('/tabular')).toBe('miss');
  expect(await ask('/tabular')).toBe('hit');
  expect(await ask('/tabular?explain=true')).toBe('miss');
  expect(await ask('/tabular', { ...card.example, glucose: 139 })).toBe('miss');
  const [plain, kept] = [await post('/tabular', card.example), await post('/tabular', card.example, cached)];
  expect(kept.headers.get('pillbox-cache')).toBe('hit');
  expect(kept.body).toEqual(plain.body);
  expect(plain.headers.has('pillbox-cache')).toBe(false);
  expect((await post('/tabular', card.example, start(card, 'edge'))).headers.has('pillbox-cache')).toBe(
    false,
  );
});

test('other routes can be added, and lean on the tabular answer', async () => {
  const more = createTabularApp({
    box: 'diabetes',
    card,
    servedBy: 'function',
    loadModelText,
    log: () => {},
    openApiPaths: { '/predict': { post: { summary: 'Both' } } },
    addRoutes: (added, tabular) => {
      added.post('/predict', async (c) => c.json(await tabular.answer(await c.req.json(), true)));
    },
  });
  expect((await post('/predict', card.example, more)).body).toEqual(
    (await post('/tabular?explain=true', card.example)).body,
  );
  expect((await post('/predict', {}, more)).status).toBe(422);
  const { paths } = await (await more.request('/openapi.json')).json();
  expect(paths).toHaveProperty(['/diabetes/predict', 'post', 'summary'], 'Both');
});

test('every path of the OpenAPI document is answered, and the docs page lists it and loads nothing', async () => {
  const { paths } = await (await app.request('/openapi.json')).json();
  const page = await app.request('/docs');
  const html = await page.text();
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
  for (const [path, item] of Object.entries<Record<string, { requestBody?: unknown }>>(paths)) {
    expect(html).toContain(`<code>${path}</code>`);
    for (const [method, operation] of Object.entries(item)) {
      const content = (operation.requestBody as { content: Record<string, { example: unknown }> } | undefined)
        ?.content;
      const body = content?.['application/json']?.example;
      const response = await app.request(path.replace('/diabetes', ''), {
        method: method.toUpperCase(),
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      expect(response.status, `${method} ${path}`).toBe(200);
    }
  }
  for (const { name } of card.inputs) expect(html).toContain(`name="${name}"`);
});
