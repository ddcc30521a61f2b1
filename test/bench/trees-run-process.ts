/** Loads one ensemble with one engine, predicts with it, and answers on standard output what that took. */

import { readOwnMemory } from '../../shared/budget/memory-meter.ts';
import { syntheticRows } from '../fixtures/models/synthetic-forest.ts';
import { openOnnx, openWalker } from './trees-engines.ts';
import { parseTreesTask, type TreesAnswer } from './trees-task.ts';

const BATCH_ROWS = 256;
const WARM_MS = 1000;
const BATCHES = 9;
const EXPLAINED = 5;

const task = parseTreesTask(process.argv[2]);
const open = await (task.engine === 'walker' ? openWalker() : openOnnx());
const rows = syntheticRows(task.ensemble.seed, BATCH_ROWS, task.ensemble.features);
const bare = readOwnMemory();
const loadFromMs = performance.now();
const engine = await open(task);
const loadMs = performance.now() - loadFromMs;
const margins = await engine.predictAll(rows);
const rowUs = await medianUs(rows, engine.predict);
const batchUs = await medianUs(
  Array.from({ length: BATCHES }, () => rows),
  engine.predictAll,
);
// Before explanations, which only the walker has. What the reader left behind would go when memory is short.
globalThis.gc?.();
const memory = readOwnMemory();
const { arraysBytes, explain } = engine;
const answer: TreesAnswer = {
  loadMs,
  rowUs,
  batchUs,
  residentBytes: memory.residentBytes - bare.residentBytes,
  barePeakBytes: bare.peakBytes,
  peakBytes: memory.peakBytes,
  margins: [...margins],
  ...(arraysBytes === undefined ? {} : { arraysBytes }),
  ...(explain === undefined ? {} : { explainUs: await medianUs(rows.slice(0, EXPLAINED), explain) }),
};
console.log(JSON.stringify(answer));

async function medianUs<T>(inputs: readonly T[], run: (input: T) => unknown): Promise<number> {
  for (const warmUntilMs = performance.now() + WARM_MS; performance.now() < warmUntilMs; ) {
    for (const input of inputs.slice(0, 8)) await run(input);
  }
  const times: number[] = [];
  for (const input of inputs) {
    const startMs = performance.now();
    await run(input);
    times.push((performance.now() - startMs) * 1000);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
