import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { createExplainer } from './tree-shap.ts';
import { predictBatchMargins, predictMargins, toPredictions } from './tree-walker.ts';
import { readXgboostModel } from './xgboost-model.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FIXTURES = join(ROOT, 'test/fixtures/models');
const FORESTS = join(FIXTURES, 'forests');
const rowsSchema = z.array(z.array(z.number().nullable())).min(20);
const vectorsSchema = z.object({
  xgboost: z.string(),
  features: z.array(z.string()),
  rows: rowsSchema,
  margins: z.array(z.number()),
  predictions: z.array(z.number()),
});
/** One number a row, or one a row and class; contributions have one more level, and the bias last. */
const levelSchema = z.array(z.number()).or(z.number());
const forestSchema = z.object({
  model: z.string(),
  rows: rowsSchema,
  margins: z.array(levelSchema),
  predictions: z.array(levelSchema),
  contributions: z.array(z.array(levelSchema)),
});

const toRow = (cells: readonly (number | null)[]) => Float32Array.from(cells, (cell) => cell ?? Number.NaN);
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

test.each([
  ['diabetes', 'functions/diabetes/models/diabetes.xgboost.json'],
  ['heart', 'functions/heart/models/heart.xgboost.json'],
  ['regression', 'test/fixtures/models/regression.xgboost.json'],
])('%s: every reference vector gets what XGBoost gave it', (name, modelFile) => {
  const forest = readXgboostModel(readFileSync(join(ROOT, modelFile), 'utf8'));
  const vectors = vectorsSchema.parse(readJson(join(FIXTURES, `${name}.vectors.json`)));
  expect(forest.featureNames).toEqual(vectors.features);
  expect(vectors.rows.flat().filter((cell) => cell === null).length, 'missing cells').toBeGreaterThan(10);
  for (const [at, cells] of vectors.rows.entries()) {
    const margins = predictMargins(forest, toRow(cells));
    expect(margins[0], `margin of row ${at}`).toBe(Math.fround(vectors.margins[at] ?? Number.NaN));
    const wanted = Math.fround(vectors.predictions[at] ?? Number.NaN);
    expect(Math.abs((toPredictions(forest, margins)[0] ?? Number.NaN) - wanted), `row ${at}`).toBeLessThan(
      1e-6,
    );
  }
});

const forests = readdirSync(FORESTS).filter((file) => file.endsWith('.json'));

test('there are forests of several forms and of three versions of XGBoost', () => {
  expect(forests.length).toBeGreaterThan(12);
  expect(new Set(forests.map((file) => /(\d+)\.\d+\.json$/.exec(file)?.[1]))).toEqual(
    new Set(['1', '2', '3']),
  );
});

test.each(forests)('%s: margins, predictions and contributions are those of XGBoost', (file) => {
  const vectors = forestSchema.parse(readJson(join(FORESTS, file)));
  const forest = readXgboostModel(vectors.model);
  const explainer = createExplainer(forest);
  if (explainer === undefined) throw new Error('cannot be explained');
  const classes = forest.baseMargins.length;
  for (const [at, cells] of vectors.rows.entries()) {
    const row = toRow(cells);
    const margins = predictMargins(forest, row);
    expectClose([...margins], [vectors.margins[at] ?? []].flat(), 1e-6, `margins of row ${at}`);
    expectClose(
      [...toPredictions(forest, margins)],
      [vectors.predictions[at] ?? []].flat(),
      1e-6,
      `row ${at}`,
    );
    const wanted = vectors.contributions[at] ?? [];
    for (let one = 0; one < classes; one++) {
      const { bias, contributions } = explainer.explain(row, one);
      const ofClass = classes === 1 ? wanted : (wanted[one] as number[]);
      expectClose([...contributions, bias], ofClass.flat(), 1e-4, `contributions of row ${at}`);
      const sum = contributions.reduce((total, each) => total + each, bias);
      expectClose([sum], [margins[one] ?? Number.NaN], 1e-5, `sum of row ${at}`);
    }
  }
});

test.each(forests)('%s: rows of a batch get the margins that each gets alone', (file) => {
  const vectors = forestSchema.parse(readJson(join(FORESTS, file)));
  const forest = readXgboostModel(vectors.model);
  const rows = vectors.rows.map(toRow);
  // More than walk in step, and no multiple of it.
  const many = [...rows, ...rows, ...rows].slice(0, 53);
  expect(many.length).toBe(53);
  expect(predictBatchMargins(forest, many)).toEqual(many.map((row) => predictMargins(forest, row)));
  expect(predictBatchMargins(forest, [])).toEqual([]);
});

/** Within `tolerance`, relative where the numbers are above 1: float32 has 24 bits for 40 as for 0.4. */
function expectClose(
  found: readonly number[],
  wanted: readonly number[],
  tolerance: number,
  what: string,
): void {
  expect(found.length, what).toBe(wanted.length);
  for (const [at, value] of found.entries()) {
    const target = wanted[at] ?? Number.NaN;
    expect(Math.abs(value - target) / Math.max(1, Math.abs(target)), what).toBeLessThan(tolerance);
  }
}
