import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createApp } from './app.ts';

const MODEL = new URL('./models/diabetes.xgboost.json', import.meta.url);
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

const healthy = { pregnancies: 1, glucose: 90, bmi: 22, age: 25 };

test('the four required inputs are enough', async () => {
  const { status, body } = await predict(healthy);
  expect(status).toBe(200);
  expect(body).toMatchObject({ prediction: 'no diabetes', risk: { level: 'low' } });
  expect(body.missing).toEqual([
    'diastolic_blood_pressure',
    'triceps_skinfold',
    'insulin',
    'diabetes_pedigree',
  ]);
});

test('higher glucose and body mass index make diabetes more probable', async () => {
  const { body: low } = await predict(healthy);
  const { body: glucose } = await predict({ ...healthy, glucose: 180 });
  const { body: both } = await predict({ ...healthy, glucose: 180, bmi: 40 });
  expect(glucose.probability).toBeGreaterThan(low.probability + 0.1);
  expect(both.probability).toBeGreaterThan(glucose.probability + 0.1);
  expect(both.prediction).toBe('diabetes');
});

test('glucose in mmol/L is out of range, and the answer names the unit', async () => {
  const { status, body } = await predict({ ...healthy, glucose: 5.4 });
  expect(status).toBe(422);
  expect(body.errors).toEqual([
    { path: 'glucose', message: 'is out of range: a number from 30 to 600 mg/dL' },
  ]);
});

test('is ready once its model is loaded', async () => {
  expect(await (await app.request('/health/ready')).json()).toEqual({ ready: true, box: 'diabetes' });
});
