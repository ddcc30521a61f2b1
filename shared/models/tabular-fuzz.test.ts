import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { parseModelCard } from './model-card.ts';
import { createTabularApp } from './tabular-service.ts';

const MODELS = join(import.meta.dirname, '../../functions/diabetes/models');
const card = parseModelCard(JSON.parse(readFileSync(join(MODELS, 'diabetes.card.json'), 'utf8')));
const SECRET = 'Q7wPatientZk';
const NAMES = [...card.inputs.map((input) => input.name), 'features', '__proto__', 'constructor', 'rows'];

const cell = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(SECRET),
  fc.jsonValue({ maxDepth: 2 }),
);
const record = fc.oneof(
  fc.dictionary(fc.constantFrom(...NAMES), cell, { maxKeys: 10 }),
  fc.tuple(fc.constantFrom(...NAMES), cell).map(([name, value]) => ({ ...card.example, [name]: value })),
);
const tensor = fc.record(
  {
    name: fc.oneof(fc.constantFrom(...NAMES), fc.constant(SECRET)),
    datatype: fc.constantFrom('FP32', 'FP64', 'INT64', 'BYTES', 'BF16', SECRET),
    shape: fc.oneof(
      fc.constant([1]),
      fc.constant([1, 8]),
      fc.array(fc.integer({ max: 300 }), { maxLength: 3 }),
    ),
    data: fc.oneof(fc.array(cell, { maxLength: 9 }), fc.constant([2, 138, 76, 30, 90, 33, 0.4, 41]), cell),
  },
  { requiredKeys: [] },
);
const inference = fc.record(
  {
    id: fc.oneof(fc.string(), fc.integer()),
    inputs: fc.oneof(fc.array(tensor, { maxLength: 9 }), cell),
    outputs: fc.oneof(
      fc.array(fc.record({ name: fc.constantFrom('probability', 'contributions', SECRET) })),
      cell,
    ),
  },
  { requiredKeys: ['inputs'] },
);
const body = fc.oneof(
  { weight: 1, arbitrary: fc.constant(JSON.stringify(card.example)) },
  { weight: 4, arbitrary: record.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.array(record, { maxLength: 4 }).map((rows) => JSON.stringify({ rows })) },
  { weight: 4, arbitrary: inference.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);
const path = fc.constantFrom(
  '/tabular',
  '/tabular?explain=true',
  `/tabular?explain=${SECRET}`,
  '/v2/models/diabetes-tabular/infer',
  `/v2/models/diabetes-tabular/versions/${SECRET}/infer`,
);
const type = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-8',
  'text/plain',
  'multipart/form-data',
);

test('12,000 bad and good bodies: never a 5xx, and no value comes back or is logged', async () => {
  const lines: string[] = [];
  const app = createTabularApp({
    box: 'diabetes',
    card: { ...card, cache: { entries: 100, bytes: 100_000, maxAgeSeconds: 60 } },
    servedBy: 'edge',
    loadModelText: async () => readFileSync(join(MODELS, 'diabetes.xgboost.json'), 'utf8'),
    log: (severity, message, fields = {}) =>
      void lines.push(JSON.stringify({ severity, message, ...fields })),
  });
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(path, type, body, async (target, contentType, sent) => {
      const response = await app.request(target, {
        method: 'POST',
        body: sent,
        headers: { 'content-type': contentType },
      });
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      expect([200, 400, 404, 415, 422]).toContain(response.status);
      expect(await response.text()).not.toContain(SECRET);
    }),
    { numRuns: 12_000 },
  );
  for (const status of [200, 400, 404, 415, 422])
    expect(statuses.get(status), `${status}`).toBeGreaterThan(20);
  expect(lines.length).toBe(12_000);
  expect(lines.join()).not.toContain(SECRET);
  expect(lines.join()).not.toContain('ERROR');
});
