import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import {
  SYNTHETIC_FORESTS,
  SYNTHETIC_ROWS,
  syntheticForest,
  syntheticRows,
} from '../../test/fixtures/models/synthetic-forest.ts';
import { createExplainer } from './tree-shap.ts';
import { predictMargins, toPredictions } from './tree-walker.ts';
import { readXgboostModel } from './xgboost-model.ts';

const FIXTURE = join(import.meta.dirname, '../../test/fixtures/models/synthetic.vectors.json');
const vectors = z
  .record(
    z.string(),
    z.object({
      sha256: z.string(),
      margins: z.array(z.number()),
      predictions: z.array(z.number()),
      contributions: z.array(z.array(z.number())),
    }),
  )
  .parse(JSON.parse(readFileSync(FIXTURE, 'utf8')));

test.each(Object.entries(SYNTHETIC_FORESTS))(
  '%s is evaluated and explained as XGBoost does',
  (name, options) => {
    const text = syntheticForest(options);
    const wanted = vectors[name];
    expect(createHash('sha256').update(text).digest('hex'), 'the forest XGBoost read').toBe(wanted?.sha256);
    const forest = readXgboostModel(text);
    expect([forest.roots.length, forest.depth]).toEqual([options.trees, options.depth]);
    const explainer = createExplainer(forest);
    const rows = syntheticRows(options.seed, SYNTHETIC_ROWS, options.features);
    for (const [at, row] of rows.entries()) {
      const margins = predictMargins(forest, row);
      const [prediction = Number.NaN] = toPredictions(forest, margins);
      expect(Math.abs((margins[0] ?? 0) - (wanted?.margins[at] ?? Number.NaN)), `margin ${at}`).toBeLessThan(
        1e-6,
      );
      expect(Math.abs(prediction - (wanted?.predictions[at] ?? Number.NaN)), `row ${at}`).toBeLessThan(1e-6);
      const { bias = Number.NaN, contributions = [] } = explainer?.explain(row) ?? {};
      for (const [column, value] of [...contributions, bias].entries()) {
        const given = wanted?.contributions[at]?.[column] ?? Number.NaN;
        expect(Math.abs(value - given), `contribution ${column} of row ${at}`).toBeLessThan(1e-4);
      }
      const sum = [...contributions].reduce((total, one) => total + one, bias);
      expect(Math.abs(sum - (margins[0] ?? Number.NaN)), `sum of row ${at}`).toBeLessThan(1e-4);
    }
  },
);
