import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HttpProblem } from '../http/problem.ts';
import { parseModelCard } from './model-card.ts';
import { createTabularInput } from './tabular-input.ts';

const FUNCTIONS = join(import.meta.dirname, '../../functions');
const read = (name: string) =>
  parseModelCard(JSON.parse(readFileSync(join(FUNCTIONS, name, 'models', `${name}.card.json`), 'utf8')));
const diabetes = read('diabetes');
const heart = read('heart');
const diabetesInput = createTabularInput(diabetes);
const heartInput = createTabularInput(heart);

function faults(run: () => unknown): Record<string, string> {
  try {
    run();
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    expect([error.status, error.code]).toEqual([422, 'input-invalid']);
    return Object.fromEntries((error.options.errors ?? []).map(({ path, message }) => [path, message]));
  }
  throw new Error('it was accepted');
}

test('a row in the order of the card; null, absent and a zero that means so are missing', () => {
  const { insulin: _, ...example } = diabetes.example;
  const row = diabetesInput.toRow({ ...example, triceps_skinfold: null, diastolic_blood_pressure: 0 });
  expect([...row.values]).toEqual([
    2,
    138,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Math.fround(33.4),
    Math.fround(0.42),
    41,
  ]);
  expect(row.missing).toEqual(['diastolic_blood_pressure', 'triceps_skinfold', 'insulin']);
});

test('a category by its name or by its code', () => {
  const byName = heartInput.toRow(heart.example);
  const byCode = heartInput.toRow({ ...heart.example, sex: 1, chest_pain: 3, st_slope: 2, resting_ecg: 0 });
  expect(byCode).toEqual(byName);
  expect([...byName.values].slice(0, 4)).toEqual([57, 1, 3, 142]);
});

test('a zero is a value where the card does not say otherwise', () => {
  const row = diabetesInput.toRow({ ...diabetes.example, pregnancies: 0, diabetes_pedigree: 0 });
  expect([row.values[0], row.values[6]]).toEqual([0, 0]);
  expect(row.missing).not.toContain('diabetes_pedigree');
});

test.each<[string, Record<string, unknown>, string, string]>([
  ['required', { glucose: undefined }, 'glucose', 'is required: a number from 30 to 600 mg/dL'],
  ['required, null', { age: null }, 'age', 'is required: a whole number from 18 to 110 years'],
  ['text', { glucose: '140' }, 'glucose', 'has the wrong type: a number from 30 to 600 mg/dL'],
  ['nested', { glucose: { value: 140 } }, 'glucose', 'has the wrong type: a number from 30 to 600 mg/dL'],
  ['too low', { bmi: 9.99 }, 'bmi', 'is out of range: a number from 10 to 90 kg/m²'],
  ['too high', { bmi: 1e300 }, 'bmi', 'is out of range: a number from 10 to 90 kg/m²'],
  ['infinite', { bmi: Number.POSITIVE_INFINITY }, 'bmi', 'is out of range: a number from 10 to 90 kg/m²'],
  ['zero in a required input', { glucose: 0 }, 'glucose', 'is out of range: a number from 30 to 600 mg/dL'],
  ['fraction', { age: 40.5 }, 'age', 'is not a whole number: a whole number from 18 to 110 years'],
  [
    'optional',
    { insulin: 1001 },
    'insulin',
    'is out of range: a number from 1 to 1000 µU/mL (0 counts as not measured), or null where it was not measured',
  ],
])('diabetes, %s', (_name, change, path, message) => {
  expect(faults(() => diabetesInput.toRow({ ...diabetes.example, ...change }))).toEqual({ [path]: message });
});

test('all faults at once, in the order of the card, unknown fields last', () => {
  const found = faults(() =>
    heartInput.toRow({ sex: 'm', age: 'x', __proto__x: 1, ['y'.repeat(100)]: 1, chest_pain: 9 }),
  );
  expect(Object.keys(found)).toEqual([
    'age',
    'sex',
    'chest_pain',
    'resting_blood_pressure',
    '__proto__x',
    `${'y'.repeat(64)}…`,
  ]);
  expect(found['sex']).toBe('is none of its categories: one of "female" (or 0), "male" (or 1)');
});

test.each([
  ['a list', []],
  ['null', null],
  ['a text', 'x'],
  ['a number', 7],
])('%s is no body', (_name, body) => {
  expect(faults(() => diabetesInput.toRow(body))).toEqual({
    '': 'must be a JSON object whose keys are the names of the inputs',
  });
});

test('keys that objects inherit are unknown fields like any other', () => {
  const body = JSON.parse(`{"__proto__": {"age": 1}, "constructor": 1, "toString": null}`);
  const found = faults(() => diabetesInput.toRow({ ...diabetes.example, ...body }));
  expect(Object.keys(found).sort()).toEqual(['__proto__', 'constructor', 'toString']);
});

test('the JSON Schema states unit, range, and what may be left out', () => {
  expect(diabetesInput.jsonSchema).toMatchObject({
    additionalProperties: false,
    required: ['pregnancies', 'glucose', 'bmi', 'age'],
    properties: {
      glucose: { type: 'number', minimum: 30, maximum: 600, 'x-unit': 'mg/dL' },
      insulin: { anyOf: [{ type: 'number', minimum: 1, maximum: 1000 }, { const: 0 }, { type: 'null' }] },
    },
  });
});
