import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { marginToPrediction, predictMargin } from './tree-walker.ts';
import { readXgboostModel } from './xgboost-model.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FIXTURES = join(ROOT, 'test/fixtures/models');
const vectorsSchema = z.object({
  xgboost: z.string(),
  features: z.array(z.string()),
  rows: z.array(z.array(z.number().nullable())).min(20),
  margins: z.array(z.number()),
  predictions: z.array(z.number()),
});

test.each([
  ['diabetes', 'functions/diabetes/models/diabetes.xgboost.json'],
  ['heart', 'functions/heart/models/heart.xgboost.json'],
  ['regression', 'test/fixtures/models/regression.xgboost.json'],
])('%s: every reference vector gets what XGBoost gave it', (name, modelFile) => {
  const forest = readXgboostModel(readFileSync(join(ROOT, modelFile), 'utf8'));
  const vectors = vectorsSchema.parse(
    JSON.parse(readFileSync(join(FIXTURES, `${name}.vectors.json`), 'utf8')),
  );
  expect(forest.featureNames).toEqual(vectors.features);
  expect(vectors.rows.flat().filter((cell) => cell === null).length, 'missing cells').toBeGreaterThan(10);
  for (const [at, cells] of vectors.rows.entries()) {
    const row = Float32Array.from(cells, (cell) => cell ?? Number.NaN);
    const margin = predictMargin(forest, row);
    expect(margin, `margin of row ${at}`).toBe(Math.fround(vectors.margins[at] ?? Number.NaN));
    const prediction = marginToPrediction(forest, margin);
    const wanted = Math.fround(vectors.predictions[at] ?? Number.NaN);
    expect(Math.abs(prediction - wanted), `row ${at}`).toBeLessThan(1e-6);
  }
});
