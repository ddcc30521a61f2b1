/** Figures of the tree walker on one large ensemble: time a row, time an explanation, and what the forest takes in memory. */

import { createExplainer } from '../../shared/models/tree-shap.ts';
import { predictMargins } from '../../shared/models/tree-walker.ts';
import { readXgboostModel } from '../../shared/models/xgboost-model.ts';
import { syntheticForest, syntheticRows } from '../fixtures/models/synthetic-forest.ts';
import type { Figure } from './figures.ts';

/** Full trees: 4,000 of depth 8 have two million nodes and 107 MiB of JSON. */
const ENSEMBLE = { seed: 11, trees: 4000, depth: 8, features: 20, stops: 0 };
const ROWS = 64;
const EXPLAINED = 8;
const MAX_CHARS = 400 * 1024 * 1024;

/** Takes a quarter of a minute and about 650 MiB, most of it for writing the ensemble: run it in a process of its own. */
export function benchTrees(ensemble = ENSEMBLE): Figure[] {
  const text = syntheticForest(ensemble);
  const readStartMs = performance.now();
  const forest = readXgboostModel(text, { maxChars: MAX_CHARS });
  const readMs = performance.now() - readStartMs;
  const rows = syntheticRows(ensemble.seed, ROWS, ensemble.features);
  const explainer = createExplainer(forest);
  if (explainer === undefined) throw new Error('the ensemble cannot be explained');
  const rowUs = medianUs(rows, (row) => predictMargins(forest, row));
  const explainUs = medianUs(rows.slice(0, EXPLAINED), (row) => explainer.explain(row));
  const { roots, treeClass, left, right, feature, value, cover, missingLeft } = forest;
  const columns = [roots, treeClass, left, right, feature, value, cover, missingLeft];
  const bytes = columns.reduce((sum, column) => sum + column.byteLength, 0);
  return [
    { name: 'trees.walker.us', value: rounded(rowUs), unit: 'µs' },
    { name: 'trees.walker.explainUs', value: rounded(explainUs), unit: 'µs' },
    { name: 'trees.walker.arraysMiB', value: rounded(bytes / 1024 / 1024), unit: 'MiB' },
    { name: 'trees.walker.readMs', value: rounded(readMs), unit: 'ms' },
    { name: 'trees.model.MiB', value: rounded(text.length / 1024 / 1024), unit: 'MiB' },
  ];
}

/** Of each row's second run: the first warms the caches. */
function medianUs(rows: readonly Float32Array[], run: (row: Float32Array) => unknown): number {
  const times = rows.map((row) => {
    run(row);
    const startMs = performance.now();
    run(row);
    return (performance.now() - startMs) * 1000;
  });
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
