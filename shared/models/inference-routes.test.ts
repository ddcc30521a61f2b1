import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseModelCard } from './model-card.ts';
import { createTabularApp } from './tabular-service.ts';

const MODELS = join(import.meta.dirname, '../../functions/heart/models');
const card = parseModelCard(JSON.parse(readFileSync(join(MODELS, 'heart.card.json'), 'utf8')));
const app = createTabularApp({
  box: 'heart',
  card,
  servedBy: 'function',
  loadModelText: async () => readFileSync(join(MODELS, 'heart.xgboost.json'), 'utf8'),
  log: () => {},
});
const MODEL = '/v2/models/heart-tabular';

async function get(path: string) {
  const response = await app.request(path);
  return { status: response.status, body: await response.json() };
}

async function post(path: string, body: unknown, headers = {}) {
  const response = await app.request(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, body: await response.json() };
}

/** The example as one tensor an input. */
function columns() {
  return card.inputs.map((input) => ({
    name: input.name,
    datatype: input.type === 'category' ? 'BYTES' : 'FP64',
    shape: [1],
    data: [card.example[input.name] ?? null],
  }));
}

/** The example as one tensor of all, with the codes of categories. */
function cells(): (number | null)[] {
  return card.inputs.map((input) => {
    const value = card.example[input.name] ?? null;
    if (input.type !== 'category') return value as number | null;
    return input.categories.find((one) => one.name === value)?.code ?? null;
  });
}

test('server and model say what they are', async () => {
  expect((await get('/v2')).body).toEqual({ name: 'pillbox', version: card.version, extensions: [] });
  expect((await get('/v2/health/live')).body).toEqual({ live: true });
  expect((await get('/v2/health/ready')).body).toEqual({ ready: true });
  expect((await get(`${MODEL}/ready`)).body).toEqual({ name: 'heart-tabular', ready: true });
  const { body } = await get(MODEL);
  expect(body).toMatchObject({ name: 'heart-tabular', versions: [card.version], platform: 'xgboost_json' });
  expect(body.inputs).toHaveLength(card.inputs.length);
  expect(body.inputs[1]).toEqual({ name: 'sex', datatype: 'BYTES', shape: [-1] });
  expect((await get(`${MODEL}/versions/${card.version}`)).body).toEqual(body);
  expect((await get(`${MODEL}/versions/9`)).body.error).toContain(card.version);
  expect((await get('/v2/models/other')).status).toBe(404);
});

test('tensors by input and one tensor of all give the answer of /tabular', async () => {
  const plain = (await post('/tabular?explain=true', card.example)).body;
  const byInput = await post(`${MODEL}/infer`, { id: 'a-1', inputs: columns() });
  expect(byInput.body).toMatchObject({ model_name: 'heart-tabular', model_version: card.version, id: 'a-1' });
  expect(byInput.body.outputs).toEqual([
    { name: 'probability', datatype: 'FP32', shape: [1], data: [plain.probability] },
    { name: 'prediction', datatype: 'BYTES', shape: [1], data: [plain.prediction] },
    { name: 'margin', datatype: 'FP32', shape: [1], data: [plain.margin] },
  ]);
  const whole = {
    name: 'features',
    datatype: 'FP32',
    shape: [2, card.inputs.length],
    data: [cells(), cells()],
  };
  const outputs = [{ name: 'contributions' }];
  const { body } = await post(`${MODEL}/versions/${card.version}/infer`, { inputs: [whole], outputs });
  expect(body.outputs[0].shape).toEqual([2, card.inputs.length + 1]);
  const { contributions, bias } = plain.explanation;
  const row = [...Object.values<number>(contributions), bias];
  expect(body.outputs[0].data).toEqual([...row, ...row]);
});

const width = card.inputs.length;
const tensor = (more: object) => ({
  inputs: [{ name: 'features', datatype: 'FP32', shape: [1, width], data: cells(), ...more }],
});

test.each<[string, unknown, RegExp]>([
  ['no object', [], /not of the protocol/],
  ['no inputs', { inputs: [] }, /at inputs/],
  ['unknown datatype', tensor({ datatype: 'BF16' }), /at inputs.0.datatype/],
  ['another width', tensor({ shape: [1, 4] }), new RegExp(`the shape \\[rows, ${width}\\]`)],
  ['no rows', tensor({ shape: [0, width], data: [] }), /1 to 256 rows/],
  ['too many rows', tensor({ shape: [257, width] }), /1 to 256 rows/],
  ['less data than its shape', tensor({ shape: [2, width] }), new RegExp(`${2 * width}`)],
  ['text in numbers', tensor({ data: cells().map(() => 'Q7wPatient') }), /must be of FP32/],
  ['three dimensions', tensor({ shape: [1, 1, width] }), /at inputs.0.shape/],
  ['another name', tensor({ name: 'Q7wPatient' }), /features alone/],
  ['unknown output', { ...tensor({}), outputs: [{ name: 'Q7wPatient' }] }, /outputs must be of probability/],
  ['the same tensor twice', { inputs: [...columns(), columns()[0]] }, /age is there twice/],
  [
    'rows of two lengths',
    { inputs: [...columns().slice(1), { ...columns()[0], shape: [2], data: [1, 2] }] },
    /same number/,
  ],
  ['value out of range', tensor({ data: [900, ...cells().slice(1)] }), /rows\[0\]\.age is out of range/],
])('400 that says why: %s', async (_name, request, message) => {
  const { status, body } = await post(`${MODEL}/infer`, request);
  expect(status).toBe(400);
  expect(body.error).toMatch(message);
  expect(JSON.stringify(body)).not.toContain('Q7wPatient');
});

test('binary tensors are refused by name', async () => {
  const { status, body } = await post(`${MODEL}/infer`, tensor({}), {
    'inference-header-content-length': '10',
  });
  expect(status).toBe(400);
  expect(body.error).toContain('Binary tensors');
});
