import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openOnnxSession } from '../../shared/images/onnx-session.ts';
import { predictBatchMargins } from '../../shared/models/tree-walker.ts';
import { readXgboostModel } from '../../shared/models/xgboost-model.ts';
import { syntheticForest, syntheticRows } from '../fixtures/models/synthetic-forest.ts';
import { forestToOnnx } from './trees-onnx.ts';

test('ONNX Runtime gives the margins of a forest written for it, missing values included', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pillbox-trees-onnx-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const forest = readXgboostModel(syntheticForest({ seed: 5, trees: 40, depth: 6, features: 9, stops: 0.2 }));
  const path = join(folder, 'trees.onnx');
  writeFileSync(path, forestToOnnx(forest));
  const rows = syntheticRows(6, 70, 9);
  const session = await openOnnxSession({ path });
  onTestFinished(() => session.release());
  const found = await session.run(Float32Array.from(rows.flatMap((row) => [...row])), [70, 9]);
  const wanted = predictBatchMargins(forest, rows).map(([margin = Number.NaN]) => margin);
  expect(new Set(wanted).size, 'different margins').toBeGreaterThan(60);
  for (const [row, margin] of wanted.entries()) expect(found[row], `row ${row}`).toBeCloseTo(margin, 5);
});
