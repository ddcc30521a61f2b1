import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { createExplainer } from './tree-shap.ts';
import { predictMargins } from './tree-walker.ts';
import { readXgboostModel } from './xgboost-model.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** The tables the models were trained on lie beside the checkout, or nowhere: the rows are not in this repository. */
const DATA = join(ROOT, '..', 'shared', 'data');
const answersSchema = z.object({
  margins: z.array(z.number()),
  explainedEvery: z.number(),
  contributions: z.array(z.array(z.number())),
});

const TABLES = [
  { name: 'diabetes', table: 'pima.csv', rows: 768, zeroMeansMissing: [1, 2, 3, 4, 5] },
  { name: 'heart', table: 'cleveland.csv', rows: 303, zeroMeansMissing: [] as number[] },
];

for (const { name, table, rows, zeroMeansMissing } of TABLES) {
  const file = join(DATA, table);
  test.skipIf(!existsSync(file))(
    `${name}: every row of ${table} (skipped where the table is not there)`,
    () => {
      const forest = readXgboostModel(
        readFileSync(join(ROOT, `functions/${name}/models/${name}.xgboost.json`), 'utf8'),
      );
      const answers = answersSchema.parse(
        JSON.parse(readFileSync(join(ROOT, `test/fixtures/models/${name}.table.json`), 'utf8')),
      );
      const records = readFileSync(file, 'utf8').trim().split(/\r?\n/);
      expect([records.length, answers.margins.length]).toEqual([rows, rows]);
      const explainer = createExplainer(forest);
      for (const [at, line] of records.entries()) {
        const row = toRow(line, zeroMeansMissing);
        const [margin = Number.NaN] = predictMargins(forest, row);
        expect(Math.abs(margin - (answers.margins[at] ?? Number.NaN)), `margin of row ${at}`).toBeLessThan(
          1e-6,
        );
        const { bias = Number.NaN, contributions = [] } = explainer?.explain(row) ?? {};
        const sum = [...contributions].reduce((total, one) => total + one, bias);
        expect(Math.abs(sum - margin), `sum of row ${at}`).toBeLessThan(1e-5);
        if (at % answers.explainedEvery !== 0) continue;
        for (const [column, value] of [...contributions, bias].entries()) {
          const given = answers.contributions[at / answers.explainedEvery]?.[column] ?? Number.NaN;
          expect(Math.abs(value - given), `contribution ${column} of row ${at}`).toBeLessThan(1e-4);
        }
      }
    },
  );
}

/** As training reads them: the last column is the outcome, `?` is missing, and so are some columns' zeros. */
function toRow(line: string, zeroMeansMissing: readonly number[]): Float32Array {
  const cells = line.split(',').slice(0, -1);
  return Float32Array.from(cells, (cell, column) => {
    if (cell === '?' || cell === '') return Number.NaN;
    return Number(cell) === 0 && zeroMeansMissing.includes(column) ? Number.NaN : Number(cell);
  });
}
