import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createApp } from './app.ts';

const MODEL = new URL('./models/heart.xgboost.json', import.meta.url);
const app = createApp({
  servedBy: 'function',
  loadModelText: () => readFile(MODEL, 'utf8'),
  log: () => {},
});

async function predict(input: Record<string, unknown>) {
  const response = await app.request('/tabular', {
    method: 'POST',
    body: JSON.stringify(input),
    headers: { 'content-type': 'application/json' },
  });
  return { status: response.status, body: await response.json() };
}

const required = { age: 48, sex: 'female', chest_pain: 'non_anginal', resting_blood_pressure: 118 };

test('the four required inputs are enough', async () => {
  const { status, body } = await predict(required);
  expect(status).toBe(200);
  expect(body.prediction).toBe('no heart disease');
  expect(body.missing).toHaveLength(9);
});

test('findings of the exercise test and the scan make disease more probable', async () => {
  const { body: without } = await predict(required);
  const { body: exercise } = await predict({ ...required, exercise_angina: 'yes', st_depression: 3 });
  const { body: scan } = await predict({
    ...required,
    exercise_angina: 'yes',
    st_depression: 3,
    thallium_scan: 'reversible_defect',
    major_vessels: 2,
  });
  expect(exercise.probability).toBeGreaterThan(without.probability + 0.1);
  expect(scan.probability).toBeGreaterThan(exercise.probability + 0.1);
  expect(scan).toMatchObject({ prediction: 'heart disease', risk: { level: 'high' } });
});

test('a category is answered with all that it may be', async () => {
  const { status, body } = await predict({ ...required, thallium_scan: 'defect' });
  expect(status).toBe(422);
  expect(body.errors).toEqual([
    {
      path: 'thallium_scan',
      message:
        'is none of its categories: one of "normal" (or 3), "fixed_defect" (or 6), "reversible_defect" (or 7), or null where it was not measured',
    },
  ]);
});

test('is ready once its model is loaded', async () => {
  expect(await (await app.request('/health/ready')).json()).toEqual({ ready: true, box: 'heart' });
});
